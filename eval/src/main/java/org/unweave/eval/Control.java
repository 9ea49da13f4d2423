package org.unweave.eval;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.unweave.model.data.RowMoments;
import org.unweave.model.sae.FrozenSae;

/** What is judged beside trained SAEs, so that a score can be told from what it is worth without training. */
public enum Control {
    /** Random directions. */
    RANDOM {
        @Override
        public FrozenSae create(Size size, RowMoments rows, long seed) {
            return RandomSae.create(size.features(), size.k(), rows.mean1D().toArray(), seed);
        }
    },
    /** The principal directions, as far as they go. */
    PCA {
        @Override
        public FrozenSae create(Size size, RowMoments rows, long seed) {
            return PcaSae.create(size.features(), size.k(), rows);
        }
    },
    /** The residual stream's own coordinates, all of them. */
    RESIDUAL {
        @Override
        public FrozenSae create(Size size, RowMoments rows, long seed) {
            return ResidualSae.create(rows.mean1D().cols());
        }
    };

    private static final String SUFFIX = "-control";

    /** Of the trained SAEs that it stands beside. */
    public record Size(int features, int k) {}

    /** By its word in the configuration. */
    public static Control of(String word) {
        return Stream.of(values())
                .filter(control -> control.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new EvaluationException("there is no control named " + word));
    }

    /** The control that is judged under a job's name. */
    public static Optional<Control> ofJob(String job) {
        return Stream.of(values()).filter(control -> control.job().equals(job)).findFirst();
    }

    /** Its word in the configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The job name under which it is judged. */
    public String job() {
        return word() + SUFFIX;
    }

    /**
     * Makes it; the caller closes it.
     *
     * @param rows of the stored training rows
     */
    public abstract FrozenSae create(Size size, RowMoments rows, long seed);
}
