package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FamilySae;
import org.unweave.model.sae.SaeConfig;

/**
 * Run 3 of the report: attribution-adversarial with twice the adversary, and a contrastive loss on pooled codes, whose
 * positives share the main label and differ in the spurious one.
 *
 * <p>Source: this project, after the report; the loss is Khosla et al., 2020, arXiv 2004.11362, see {@link
 * org.unweave.model.sae.part.SupervisedContrast}.
 *
 * <p>Loss: attribution-adversarial's {@code + weight mean_a mean_p -ln(e^{s_p / t} / (e^{s_p / t} + sum_n e^{s_n / t}))}.
 *
 * <p>Deviations: none from the above.
 *
 * <p>Freezes to: the form of its activation, {@link org.unweave.model.sae.TopKForm} by default.
 */
final class Contrastive extends FamilySae {
    Contrastive(SaeConfig config, Ops ops) {
        super(config, ActivationKind.TOPK, ops);
    }
}
