package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FamilySae;
import org.unweave.model.sae.SaeConfig;

/**
 * Run 2 of the report: dynamic-margin, and an adversary: a probe that finds a spurious label of labelled texts in the pooled
 * codes, against which these are trained, while the latents that tell most of the label are set apart from one another.
 *
 * <p>Source: this project. The report names the adversarial loss, its scale by the probe's accuracy and the orthogonality
 * above the 85th percentile of attribution; the formulas are in {@link org.unweave.model.sae.part.AttributionMap}, {@link
 * org.unweave.model.sae.part.Adversarial} and {@link org.unweave.model.sae.part.Orthogonality}.
 *
 * <p>Loss: dynamic-margin's {@code + weight scale mean_b cos(h_b - h_mean, w)^2 + weight mean_i sum_{j != i} c_ij^2}, the
 * latter over the latents that tell most.
 *
 * <p>Deviations: none from the above.
 *
 * <p>Freezes to: the form of its activation, {@link org.unweave.model.sae.TopKForm} by default.
 */
final class AttributionAdversarial extends FamilySae {
    AttributionAdversarial(SaeConfig config, Ops ops) {
        super(config, ActivationKind.TOPK, ops);
    }
}
