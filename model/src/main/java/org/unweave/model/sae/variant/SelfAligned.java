package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FamilySae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.NestedReconstruction;

/**
 * matryoshka, and the mechanisms of contrastive, whose adversary spares the latents that tell most of the spurious label: it is
 * driven out of the many and gathers in the few, which can then be taken away.
 *
 * <p>Source: this project, after the report's title and plan.
 *
 * <p>Loss: {@code mean_g mean ||x - x^_g||^2 + aux_k}, and contrastive's terms, the adversary masked to the latents below the
 * moving percentile.
 *
 * <p>Deviations: none from the above; matryoshka's as there.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.JumpReluForm}, one threshold for all latents.
 */
final class SelfAligned extends FamilySae {
    SelfAligned(SaeConfig config, Ops ops) {
        super(config, ActivationKind.BATCH_TOPK, NestedReconstruction.of(config.job()), ops);
    }
}
