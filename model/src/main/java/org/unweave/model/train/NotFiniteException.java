package org.unweave.model.train;

/** A loss or a gradient is NaN or infinite. The update was not applied. */
public final class NotFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public NotFiniteException(long step, String what) {
        super("at step " + step + " " + what + " is not a finite number; the update was not applied");
    }
}
