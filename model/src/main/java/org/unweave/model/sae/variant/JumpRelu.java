package org.unweave.model.sae.variant;

import org.unweave.model.math.Ops;
import org.unweave.model.sae.JumpReluActivation;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;

/**
 * Keeps what is above a learned threshold a latent; the loss draws the number of active latents to a target.
 *
 * <p>Source: Rajamanoharan et al., "Jumping ahead", 2024, arXiv 2407.14435; training rules as in dictionary_learning's
 * {@code jumprelu.py}.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + weight (L0 / target - 1)^2}.
 *
 * <p>Deviations: 1. The window in which L0 moves a threshold has two sides and lies on the pre-activations; see {@link
 * org.unweave.model.sae.TargetL0}. 2. Shares of the run in place of absolute numbers. Neither under {@code compatibility =
 * dictionary-learning}. 3. The job's seed draws the weights, where the reference never uses its own.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.JumpReluForm}, b_dec not taken from the input.
 */
final class JumpRelu extends Sae {
    JumpRelu(SaeConfig config, Ops ops) {
        this(config, new JumpReluActivation(config.job().jump()), ops);
    }

    private JumpRelu(SaeConfig config, JumpReluActivation activation, Ops ops) {
        super(config, activation, ops);
        addTerm(activation.targetL0(config));
    }
}
