package org.unweave.model.sae;

import java.util.Map;

/**
 * What one step measured.
 *
 * @param loss of the batch: the sum of the terms, of those that act on labelled texts only where it has some
 * @param terms each term's value, its weight included; of those that act on labelled texts, that of the last batch with some
 * @param gradientShare the norm of each term's gradient on W_enc and W_dec over that of the reconstruction's; empty
 *     unless it was asked for
 * @param curves what the terms show of themselves
 * @param l0 mean number of active latents
 * @param varianceExplained {@code 1 - sum ||e||^2 / sum ||x - x_mean||^2} of the batch
 * @param deadShare the share of latents that were dead before the step
 */
public record LossTerms(
        double loss,
        Map<String, Double> terms,
        Map<String, Double> gradientShare,
        Map<String, Double> curves,
        double l0,
        double varianceExplained,
        double deadShare) {

    public LossTerms {
        terms = Map.copyOf(terms);
        gradientShare = Map.copyOf(gradientShare);
        curves = Map.copyOf(curves);
    }
}
