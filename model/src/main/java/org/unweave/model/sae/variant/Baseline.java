package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FamilySae;
import org.unweave.model.sae.SaeConfig;

/**
 * Run 0 of the report: the frame of its runs with no mechanism switched on.
 *
 * <p>Source: this project. The report's own baseline is a plain ReLU SAE, which is the standard variant; this one has the
 * activation of the other runs, so that a difference is their mechanisms'.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + aux_k}.
 *
 * <p>Deviations: none; AuxK's as in the topk variant.
 *
 * <p>Freezes to: the form of its activation, {@link org.unweave.model.sae.TopKForm} by default.
 */
final class Baseline extends FamilySae {
    Baseline(SaeConfig config, Ops ops) {
        super(config, ActivationKind.TOPK, ops);
    }
}
