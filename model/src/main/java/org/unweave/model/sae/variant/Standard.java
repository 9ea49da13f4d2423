package org.unweave.model.sae.variant;

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
 * <p>Deviations: 1. lambda is steered to a target L0, see {@link org.unweave.model.sae.part.SparsityServo}. 2. b_enc begins
 * at 0, where the reference leaves the uniform draw of its linear layer. 3. Shares of the run in place of absolute numbers
 * of steps. None of these under {@code compatibility = dictionary-learning}.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.ReluForm}.
 */
final class Standard extends Sae {
    Standard(SaeConfig config, Ops ops) {
        super(config, new ReluActivation(true, config.job().asDictionaryLearning()), ops);
        addTerm(new L1Penalty(config.servo(), config.phases()::sparsityWarmth));
    }
}
