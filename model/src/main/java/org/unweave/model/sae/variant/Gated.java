package org.unweave.model.sae.variant;

import org.unweave.model.math.Ops;
import org.unweave.model.sae.GatedActivation;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.GateL1Penalty;
import org.unweave.model.sae.part.GateReconstruction;

/**
 * A gate decides which latents are active, a second bias and scale on the same projection how much.
 *
 * <p>Source: Rajamanoharan et al., "Improving dictionary learning with gated sparse autoencoders", 2024, arXiv 2404.16014;
 * training rules as in dictionary_learning's {@code gdm.py}.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + lambda mean sum_i relu(p_i + b_gate_i) + mean ||x - x^_gate||^2}, {@code x^_gate}
 * what the gate alone reconstructs through a decoder that does not learn from it.
 *
 * <p>Deviations: 1. lambda is steered to a target L0. 2. Shares of the run in place of absolute numbers. Neither under
 * {@code compatibility = dictionary-learning}.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.GatedForm}.
 */
final class Gated extends Sae {
    Gated(SaeConfig config, Ops ops) {
        this(config, new GatedActivation(), ops);
    }

    private Gated(SaeConfig config, GatedActivation activation, Ops ops) {
        super(config, activation, ops);
        addTerm(new GateL1Penalty(activation::gates, config.servo(), config.phases()::sparsityWarmth));
        addTerm(new GateReconstruction(activation::gates, config.features()));
    }
}
