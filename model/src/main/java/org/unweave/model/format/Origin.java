package org.unweave.model.format;

/**
 * Where an SAE comes from, for the formats that have a place to say it.
 *
 * @param model the language model's name
 * @param hook {@code blocks.L.hook_resid_post}
 * @param contextTokens tokens of a sequence, the BOS token included
 * @param dataset the texts whose activations it was trained on
 * @param rows activations that it has seen
 * @param version of this program
 */
public record Origin(
        String model,
        String hook,
        int contextTokens,
        String dataset,
        String run,
        String job,
        String variant,
        long seed,
        long step,
        long rows,
        String version) {}
