package org.unweave.eval;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.regex.Pattern;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.TopKForm;

/**
 * What is evaluated: a frozen SAE and where it comes from. The evaluation does not close the SAE.
 *
 * @param run the run's name
 * @param job the job's name, or {@link Control#job}
 * @param step updates done when it was frozen
 * @param variant the registered variant that it was trained as
 * @param trainingRows rows of activations seen until then
 * @param label ends the names of its reports, to tell evaluations of the same SAE apart; empty, or as {@code _seed2}
 */
public record Subject(
        String run, String job, long step, String variant, long trainingRows, FrozenSae sae, String label) {
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

    public Subject(String run, String job, long step, String variant, long trainingRows, FrozenSae sae) {
        this(run, job, step, variant, trainingRows, sae, "");
    }

    private static void requireName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " \"" + name + "\" cannot be part of a file name");
        }
    }

    /** {@code <run>_<job>_<step>}, and the label. */
    public String id() {
        return unlabelled() + label;
    }

    /** {@code <run>_<job>_<step>}, which all evaluations of the same SAE have in common. */
    String unlabelled() {
        return id(run, job, step);
    }

    static String id(String run, String job, long step) {
        return run + "_" + job + "_" + step;
    }

    /** Of the SAE as it computes: SAEs that give the same have the same, wherever they come from. */
    public String fingerprint() {
        MessageDigest digest = Sha256.digest();
        int k = sae instanceof TopKForm topK ? topK.k() : 0;
        String form = sae.architecture() + "\n" + k + "\n" + sae.subtractsDecoderBias() + "\n";
        digest.update(form.getBytes(StandardCharsets.UTF_8));
        for (Mat weights : sae.weights()) {
            byte[] row = new byte[weights.cols() * Float.BYTES];
            for (int r = 0; r < weights.rows(); r++) {
                MemorySegment.copy(weights.memory(), ValueLayout.JAVA_BYTE, (long) r * row.length, row, 0, row.length);
                digest.update(row);
            }
        }
        return Sha256.hex(digest);
    }
}
