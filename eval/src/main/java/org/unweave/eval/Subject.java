package org.unweave.eval;

import java.util.Objects;
import java.util.regex.Pattern;
import org.unweave.model.sae.FrozenSae;

/**
 * What is evaluated: a frozen SAE and where it comes from. The evaluation does not close the SAE.
 *
 * @param run the run's name
 * @param job the job's name; {@link RandomSae#JOB} for the control
 * @param step updates done when it was frozen
 * @param variant the registered variant that it was trained as
 * @param trainingRows rows of activations seen until then
 */
public record Subject(String run, String job, long step, String variant, long trainingRows, FrozenSae sae) {
    // What becomes part of a file's name.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    public Subject {
        requireName("run", run);
        requireName("job", job);
        Objects.requireNonNull(sae, "sae");
        if (step < 0) {
            throw new IllegalArgumentException("step " + step);
        }
    }

    private static void requireName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " \"" + name + "\" cannot be part of a file name");
        }
    }

    /** {@code <run>_<job>_<step>}. */
    public String id() {
        return run + "_" + job + "_" + step;
    }
}
