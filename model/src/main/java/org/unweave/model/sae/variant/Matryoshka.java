package org.unweave.model.sae.variant;

import org.unweave.model.math.Ops;
import org.unweave.model.sae.BatchTopKActivation;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.AuxK;
import org.unweave.model.sae.part.NestedReconstruction;

/**
 * batch-topk whose latents stand in nested groups: each inner group is to reconstruct without the outer ones.
 *
 * <p>Source: Bussmann et al., "Learning multi-level features with matryoshka sparse autoencoders", 2025, arXiv 2503.17547;
 * training rules as in dictionary_learning's {@code matryoshka_batch_top_k.py}.
 *
 * <p>Loss: {@code mean_g mean ||x - x^_g||^2 + aux_k}, {@code x^_g} the decoding of the first g groups.
 *
 * <p>Deviations: 1. Prefixes are averaged once, where the reference gives each the weight 1/n and averages on top, so that
 * against aux_k and the clip they count only 1/n of what they should. 2. The dead are those from before the batch, see
 * {@link AuxK}. 3. Shares of the run in place of absolute numbers. None of these under {@code compatibility =
 * dictionary-learning}. 4. The threshold as in the batch-topk variant.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.JumpReluForm}, one threshold for all latents.
 */
final class Matryoshka extends Sae {
    Matryoshka(SaeConfig config, Ops ops) {
        super(config, new BatchTopKActivation(config), NestedReconstruction.of(config.job()), ops);
        AuxK.of(
                        config.job().auxK(),
                        config.features(),
                        config.width(),
                        deadFeatures(),
                        config.job().asDictionaryLearning())
                .ifPresent(this::addTerm);
    }
}
