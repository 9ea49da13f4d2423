package org.unweave.model.train;

import java.util.Locale;

/** A loss or a gradient is NaN or infinite, or a loss has grown far beyond its start. The update was not applied. */
public final class DivergedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private DivergedException(String message) {
        super(message);
    }

    static DivergedException notFinite(long step, String what) {
        return new DivergedException(
                "at step " + step + " " + what + " is not a finite number; the update was not applied");
    }

    static DivergedException grown(long step, double loss, double start) {
        return new DivergedException(String.format(
                Locale.ROOT,
                "at step %d the loss has diverged: the reconstruction's is %.3g on average, and began at no more than"
                        + " %.3g; the update was not applied",
                step,
                loss,
                start));
    }
}
