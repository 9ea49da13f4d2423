package org.unweave.model.sae.variant;

import org.unweave.model.math.Ops;
import org.unweave.model.sae.BatchTopKActivation;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.AuxK;

/**
 * Keeps the k B largest positive pre-activations of a batch of B rows.
 *
 * <p>Source: Bussmann et al., "BatchTopK sparse autoencoders", 2024, arXiv 2412.06410; training rules as in
 * dictionary_learning's {@code batch_top_k.py}.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + aux_k}.
 *
 * <p>Deviations: 1. The dead are those from before the batch, see {@link AuxK}. 2. Shares of the run in place of absolute
 * numbers. Neither under {@code compatibility = dictionary-learning}. 3. The threshold is not moved by a batch without
 * active latents, and before its start it is the last batch's, see {@link org.unweave.model.sae.part.EmaThreshold}.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.JumpReluForm}, one threshold for all latents.
 */
final class BatchTopK extends Sae {
    BatchTopK(SaeConfig config, Ops ops) {
        super(config, new BatchTopKActivation(config), ops);
        AuxK.of(
                        config.job().auxK(),
                        config.features(),
                        config.width(),
                        deadFeatures(),
                        config.job().asDictionaryLearning())
                .ifPresent(this::addTerm);
    }
}
