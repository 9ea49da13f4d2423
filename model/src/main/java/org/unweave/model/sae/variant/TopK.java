package org.unweave.model.sae.variant;

import org.unweave.model.math.Ops;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.TopKActivation;
import org.unweave.model.sae.part.AuxK;

/**
 * Keeps the k largest positive pre-activations of each row.
 *
 * <p>Source: Gao et al., "Scaling and evaluating sparse autoencoders", 2024, arXiv 2406.04093, section 2.3 and appendix
 * A; training rules as in dictionary_learning's {@code top_k.py}.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + aux_k}.
 *
 * <p>Deviations: 1. decoder rows begin in Gaussian directions, where the reference draws from a uniform cube before it
 * divides by the norm. 2. A latent that is among the k largest with a value of 0 has not fired, and the dead are those from before the
 * batch, see {@link AuxK}. 3. Shares of the run in
 * place of the reference's absolute numbers of steps and rows.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.TopKForm}.
 */
final class TopK extends Sae {
    TopK(SaeConfig config, Ops ops) {
        super(config, new TopKActivation(config.job().k()), ops);
        AuxK.of(config.job().auxK(), config.features(), config.width(), deadFeatures())
                .ifPresent(this::addTerm);
    }
}
