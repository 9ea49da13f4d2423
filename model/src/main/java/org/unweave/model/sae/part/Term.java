package org.unweave.model.sae.part;

import java.util.Map;
import java.util.Optional;
import org.unweave.model.math.Pick;
import org.unweave.model.math.State;

/**
 * A named part of the loss. For each step: {@link #pick}, {@link #observe} once, then once or more {@link #add} for each
 * block of the batch. A step that is refused for a loss that is not finite is never followed by another.
 */
public interface Term extends State.Holder {
    String name();

    /** What the term wants of the pre-activations of a batch, beside what the activation picks. */
    default Optional<Pick> pick(long step) {
        return Optional.empty();
    }

    /** Whether the term needs the batch in one piece, however many latents are active; a pick of its own does. */
    default boolean wholeBatch() {
        return false;
    }

    /**
     * Brings the term's own statistics up to date with the batch. Where that comes in blocks, only {@link Forward#batch} and
     * {@link Forward#step} are to be read.
     */
    default void observe(Forward forward) {}

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

    /** What the term holds between steps. */
    default long bytes() {
        return 0;
    }

    /** What is worth a curve beside the value. */
    default Map<String, Double> curves() {
        return Map.of();
    }

    @Override
    default void save(State state) {}

    @Override
    default void load(State state) {}
}
