package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.SparsityConfig;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.ReluActivation;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.L1Penalty;

/**
 * The plain sparse autoencoder: ReLU with an L1 penalty on the codes.
 *
 * <p>Source: Bricken et al., "Towards Monosemanticity", 2023, Transformer Circuits Thread; training rules as in
 * dictionary_learning's {@code standard.py}.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + lambda mean ||z||_1}.
 *
 * <p>Deviations: 1. lambda is steered to a target L0, see {@link L1Penalty}. 2. b_enc begins at 0, where the reference
 * leaves the uniform draw of its linear layer. 3. Dead latents are counted, not resampled, which is the reference's
 * default too. 4. Shares of the run in place of absolute numbers of steps.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.ReluForm}.
 */
final class Standard extends Sae {
    Standard(SaeConfig config, Ops ops) {
        super(config, new ReluActivation(), ops);
        SparsityConfig sparsity = config.job().sparsity();
        addTerm(new L1Penalty(
                sparsity.initial(),
                sparsity.gain(),
                sparsity.integralGain(),
                config.job().targetL0(),
                config.stepsOf(config.job().schedule().sparsityWarmup())));
    }
}
