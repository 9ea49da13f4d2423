package org.unweave.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The language model whose activations are taken.
 *
 * @param source {@code bundle}, or the path of a GGUF file
 * @param hook {@code blocks.L.hook_resid_post}: the residual stream after block L, counted from 0
 * @param contextTokens tokens of a harvested sequence, the BOS token included
 * @param batchSequences sequences of one forward pass
 * @param threads threads of a forward pass
 * @param maxNormMultiple rows with a norm above this multiple of the median are kept out of training and statistics
 */
public record ModelConfig(
        String source, String hook, int contextTokens, int batchSequences, int threads, double maxNormMultiple) {
    private static final Pattern HOOK = Pattern.compile("blocks\\.(\\d{1,4})\\.hook_resid_post");

    public ModelConfig {
        Check.that(!source.isBlank(), "source", "is empty; give bundle or the path of a GGUF file");
        Check.that(
                HOOK.matcher(hook).matches(), "hook", "\"" + hook + "\" is not of the form blocks.L.hook_resid_post");
        Check.atLeast("context-tokens", contextTokens, 2);
        Check.atLeast("batch-sequences", batchSequences, 1);
        Check.atLeast("threads", threads, 1);
        Check.that(
                maxNormMultiple > 1 && Double.isFinite(maxNormMultiple),
                "max-norm-multiple",
                maxNormMultiple + " is not above 1, or not finite");
    }

    /** L of {@code blocks.L.hook_resid_post}. */
    public int layer() {
        Matcher matcher = HOOK.matcher(hook);
        if (!matcher.matches()) {
            throw new IllegalStateException(hook);
        }
        return Integer.parseInt(matcher.group(1));
    }
}
