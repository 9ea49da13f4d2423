package org.unweave.model.sae;

import java.util.List;
import java.util.Map;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Gradient;
import org.unweave.model.sae.part.Params;

/**
 * How pre-activations become codes and gradients of codes those of pre-activations, how the weights of such an SAE begin,
 * and what it freezes to.
 *
 * <p>Call order for a step: {@link #pick}, {@link #activate}, {@link #observe}, then {@link #backward} once or more.
 */
public interface Activation extends State.Holder {
    /** The names of the weights beside {@link Params#NAMES}, one number per feature each. */
    default List<String> extras() {
        return List.of();
    }

    /** Whether b_dec is taken from the input before the encoder sees it. */
    default boolean centresInput() {
        return true;
    }

    /** Whether decoder rows are held at norm 1. */
    default boolean unitDecoderRows() {
        return true;
    }

    /** Sets the weights at the start, which are all zero. The batch is the run's first. */
    void begin(Params params, Mat xBD, Draws random, Workspace workspace);

    /** Which pre-activations become entries of the codes. */
    Pick pick(Params params, int rows, long step, Codes out, Workspace workspace);

    /** Puts values in place of the pre-activations that the codes hold. */
    default void activate(Params params, Codes codes) {}

    /** Brings the activation's own statistics up to date with a batch that is trained on. */
    default void observe(Forward forward) {}

    /** Takes the gradient of the codes' values on to the encoder. */
    default void backward(Forward forward, Gradient gradient) {
        gradient.addEncoder(
                forward.codes(),
                gradient.codes(),
                forward.inputBD(),
                forward.workspace().ops());
    }

    /** What the activation holds between steps. */
    default long bytes() {
        return 0;
    }

    /** What is worth a curve. */
    default Map<String, Double> curves() {
        return Map.of();
    }

    /**
     * The inference form, from weights whose two biases are in the model's own scale, which it takes over.
     *
     * @param toModel what a number in the scale of training is multiplied by to be in the model's
     */
    FrozenSae freeze(Params weights, float toModel, Workspace workspace);

    @Override
    default void save(State state) {}

    @Override
    default void load(State state) {}
}
