package org.unweave.eval.report;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the name of a result file says.
 *
 * @param stem the run and the SAE, {@code <run>_<sae>}
 * @param step -1 if the name has none
 * @param seed of the evaluation, where it is not the configured one; -1 if the name has none
 */
record ResultName(String stem, long step, long seed) {
    static final String SUFFIX = "_custom_sae_eval_results.json";
    // Name, step, and the evaluation's seed where it is not the configured one.
    private static final Pattern STEM = Pattern.compile("(.+)_([0-9]{1,18})(?:_seed([0-9]{1,18}))?");

    /** Nothing where it is the name of no result file. */
    static Optional<ResultName> of(String file) {
        if (!file.endsWith(SUFFIX)) {
            return Optional.empty();
        }
        String stem = file.substring(0, file.length() - SUFFIX.length());
        Matcher parts = STEM.matcher(stem);
        if (!parts.matches()) {
            return Optional.of(new ResultName(stem, -1, -1));
        }
        return Optional.of(new ResultName(
                parts.group(1),
                Long.parseLong(parts.group(2)),
                parts.group(3) == null ? -1 : Long.parseLong(parts.group(3))));
    }
}
