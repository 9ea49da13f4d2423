package org.unweave.model.sae.variant;

import org.unweave.model.math.Ops;
import org.unweave.model.sae.ReluActivation;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.DecoderNormPenalty;

/**
 * ReLU with an L1 penalty that counts each code by the norm of its decoder row, which nothing constrains.
 *
 * <p>Source: Anthropic's interpretability team, "Circuits updates", April 2024, Transformer Circuits Thread; training rules
 * as in dictionary_learning's {@code StandardTrainerAprilUpdate}.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + lambda mean sum_i z_i ||d_i||}.
 *
 * <p>Deviations: as the standard variant's.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.ReluForm}, the decoder's norms folded into the encoder.
 */
final class StandardApril extends Sae {
    StandardApril(SaeConfig config, Ops ops) {
        super(config, new ReluActivation(false, config.job().asDictionaryLearning()), ops);
        addTerm(new DecoderNormPenalty(config.features(), config.servo(), config.phases()::sparsityWarmth));
    }
}
