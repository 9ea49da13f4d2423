package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.PAnnealConfig;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.ReluActivation;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.PNormPenalty;

/**
 * The standard variant, whose penalty goes from the L1 norm towards counting active latents during the run.
 *
 * <p>Source: Karvonen et al., "Measuring progress in dictionary learning for language model interpretability with board
 * game models", 2024, arXiv 2408.00113; training rules as in dictionary_learning's {@code p_anneal.py}.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + lambda alpha mean sum_i z_i^p}, see {@link PNormPenalty}.
 *
 * <p>Deviations: 1. lambda is steered to a target L0, beside the reference's own alpha. 2. b_enc begins at 0. 3. Shares of
 * the run in place of absolute numbers. 4. Latents that are drawn anew really get new weights, where the reference assigns
 * to a copy. None of these under {@code compatibility = dictionary-learning}. 5. {@code z^p} has no gradient at 0.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.ReluForm}.
 */
final class PAnneal extends Sae {
    PAnneal(SaeConfig config, Ops ops) {
        super(config, new ReluActivation(true, config.job().asDictionaryLearning()), ops);
        PAnnealConfig anneal = config.job().pAnneal();
        addTerm(new PNormPenalty(
                anneal.norm(),
                anneal.end(),
                anneal.stages(),
                config.phases().pAnnealFromStep(),
                config.steps(),
                config.servo(),
                config.phases()::sparsityWarmth));
    }
}
