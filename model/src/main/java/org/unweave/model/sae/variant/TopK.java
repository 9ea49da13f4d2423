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
 * <p>Deviations: 1. The dead are those from before the batch, see {@link AuxK}. 2. Shares of the run in place of the
 * reference's absolute numbers of steps and rows. Neither under {@code compatibility = dictionary-learning}. 3. A latent
 * that is among the k largest with a value of 0 has not fired; in the reference it has, and which one it is depends on the
 * order in which PyTorch sorts equal values.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.TopKForm}.
 */
final class TopK extends Sae {
    TopK(SaeConfig config, Ops ops) {
        super(config, new TopKActivation(config), ops);
        AuxK.of(
                        config.job().auxK(),
                        config.features(),
                        config.width(),
                        deadFeatures(),
                        config.job().asDictionaryLearning())
                .ifPresent(this::addTerm);
    }
}
