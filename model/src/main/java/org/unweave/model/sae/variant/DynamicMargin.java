package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FamilySae;
import org.unweave.model.sae.SaeConfig;

/**
 * Run 1 of the report: an SAE whose decoder rows are pushed apart where they are more alike than a margin that
 * follows the moving statistics of their similarity.
 *
 * <p>Source: this project. The report names the mechanism and its constants (decay 0.95, mean + 2 standard deviations);
 * a margin of fixed size would be met by every pair at one time of training and by none at another.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + aux_k + weight (A / M) mean_i sum_{j != i} max(0, c_ij - margin)^2}, see {@link
 * org.unweave.model.sae.part.SimilarityMargin}.
 *
 * <p>Deviations: none from the above; AuxK's as in the topk variant.
 *
 * <p>Freezes to: the form of its activation, {@link org.unweave.model.sae.TopKForm} by default.
 */
final class DynamicMargin extends FamilySae {
    DynamicMargin(SaeConfig config, Ops ops) {
        super(config, ActivationKind.TOPK, ops);
    }
}
