package org.unweave.model.sae.variant;

import org.unweave.config.JobConfig.SimilarityConfig;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.TopKActivation;
import org.unweave.model.sae.part.AuxK;
import org.unweave.model.sae.part.SimilarityMargin;

/**
 * Run 1 of the report: a TopK SAE whose decoder rows are pushed apart where they are more alike than a margin that
 * follows the moving statistics of their similarity.
 *
 * <p>Source: this project. The report names the mechanism and its constants (decay 0.95, mean + 2 standard deviations);
 * a margin of fixed size would be met by every pair at one time of training and by none at another.
 *
 * <p>Loss: {@code mean ||x - x^||^2 + aux_k + weight (A / M) mean_i sum_{j != i} max(0, c_ij - margin)^2}, see {@link
 * SimilarityMargin}.
 *
 * <p>Deviations: none from the above; AuxK's as in the topk variant.
 *
 * <p>Freezes to: {@link org.unweave.model.sae.TopKForm}.
 */
final class DynamicMargin extends Sae {
    DynamicMargin(SaeConfig config, Ops ops) {
        super(config, new TopKActivation(config), ops);
        AuxK.of(
                        config.job().auxK(),
                        config.features(),
                        config.width(),
                        deadFeatures(),
                        config.job().asDictionaryLearning())
                .ifPresent(this::addTerm);
        SimilarityConfig similarity = config.job().similarity();
        if (similarity.weight() == 0) {
            return;
        }
        addTerm(new SimilarityMargin(
                similarity.weight(),
                similarity.sample(),
                similarity.decay(),
                similarity.deviations(),
                config.features(),
                config.job().seed()));
    }
}
