package org.unweave.model.sae.part;

import java.util.Optional;
import org.unweave.model.math.Pick;

/**
 * A named part of the loss. For each step: {@link #pick}, {@link #observe} once, then once or more {@link #add} for each
 * block of the batch. A step that is refused for a loss that is not finite is never followed by another.
 */
public interface Term extends Part {
    String name();

    /** What the term wants of the pre-activations of a batch, beside what the activation picks. */
    default Optional<Pick> pick(long step) {
        return Optional.empty();
    }

    /**
     * Adds the gradient of the block's part of the term, its weight included, and returns that part's value, its weight
     * included. Changes no state.
     */
    double add(Forward forward, Gradient gradient);

    /**
     * Whether the gradient reaches neither W_enc nor W_dec, so that it has no share of theirs; its norm is shown instead.
     */
    default boolean apart() {
        return false;
    }

    /** Whether the term acts in batches with labelled texts only. */
    default boolean labelled() {
        return false;
    }
}
