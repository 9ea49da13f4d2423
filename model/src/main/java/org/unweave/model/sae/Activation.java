package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Params;

/** How pre-activations become codes, how the weights of such an SAE begin, and what it freezes to. */
public interface Activation {
    /** Sets the weights at the start, which are all zero. The batch is the run's first. */
    void begin(Params params, Mat xBD, Draws random, Workspace workspace);

    /** Fills {@code out} with the active latents of each row. */
    void select(Mat preBF, Codes out, Ops ops);

    /** The inference form, from weights in the model's own scale, which it takes over. */
    FrozenSae freeze(Params inModelScale);
}
