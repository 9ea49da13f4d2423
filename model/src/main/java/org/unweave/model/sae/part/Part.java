package org.unweave.model.sae.part;

import java.util.Map;
import java.util.Optional;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.State;

/** Something that follows the batches of an SAE in training, for the terms to use. */
public interface Part extends State.Holder {
    /**
     * Brings its own statistics up to date with the batch, once for each. Where that comes in blocks, only {@link
     * Forward#batch} and {@link Forward#step} are to be read.
     */
    default void observe(Forward forward) {}

    /** What it tells the other jobs of the run, of the last batch. */
    default Optional<Told> tell(String job, long step) {
        return Optional.empty();
    }

    /** Takes what others tell, before the batch of an update; what it has no use for is let pass. */
    default void hear(Told told) {}

    /** Whether it needs the batch in one piece, however many latents are active. */
    default boolean wholeBatch() {
        return false;
    }

    /** What it holds between steps. */
    default long bytes() {
        return 0;
    }

    /** What is worth a curve. */
    default Map<String, Double> curves() {
        return Map.of();
    }

    @Override
    default void save(State state) {}

    @Override
    default void load(State state) {}
}
