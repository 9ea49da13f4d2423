package org.unweave.eval;

import java.util.Map;

/**
 * What an evaluation by ablation gives.
 *
 * @param attributions the effect of every latent, by what was attributed; too many for the report
 */
record AblationResult(EvalReport report, Map<String, Attribution> attributions) {
    AblationResult {
        attributions = Map.copyOf(attributions);
    }
}
