package org.unweave.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What happens to a job by itself when its measurements say so.
 *
 * @param when {@code METRIC > NUMBER}, {@code METRIC < NUMBER}, or {@code dominated by NUMBER}: another job of the run has at
 *     the same updates no higher an L0, and explains more of the variance by more than this
 * @param forSteps updates for which that has to hold at every line of metrics
 * @param then what is done then, once each time
 */
public record RuleConfig(String when, long forSteps, Action then) {
    /** The metrics that a rule may name. */
    public static final List<String> METRICS =
            List.of("loss", "l0", "variance-explained", "dead-share", "rows-per-second");

    private static final Pattern LIMIT = Pattern.compile("([a-z0-9-]+)\\s*([<>])\\s*(\\S+)");
    private static final Pattern DOMINATED = Pattern.compile("dominated\\s+by\\s+(\\S+)");

    /** What a rule does to a job. */
    public enum Action {
        /** As {@code ctl pause}. */
        PAUSE,
        /** As {@code ctl stop RUN/JOB}. */
        STOP
    }

    /**
     * A limit of a metric.
     *
     * @param above whether the rule holds above it; if not, below
     */
    public record Limit(String metric, boolean above, double number) {
        public boolean isBeyond(double value) {
            return above ? value > number : value < number;
        }
    }

    public RuleConfig {
        Optional<Limit> limit = limit(when);
        Check.that(
                limit.isPresent() || margin(when).isPresent(),
                "when",
                "\"" + when + "\" is neither METRIC > NUMBER or METRIC < NUMBER, as dead-share > 0.5, nor dominated by"
                        + " NUMBER");
        limit.ifPresent(one -> Check.that(
                METRICS.contains(one.metric()),
                "when",
                one.metric() + " is no metric" + Keys.suggestion(one.metric(), METRICS) + " There are "
                        + String.join(", ", METRICS)));
        Check.atLeast("for-steps", forSteps, 1);
    }

    /** The limit that it is about; nothing where it is about other jobs. */
    public Optional<Limit> limit() {
        return limit(when);
    }

    /** By how much more of the variance another job explains; nothing where it is about a limit. */
    public Optional<Double> margin() {
        return margin(when);
    }

    private static Optional<Limit> limit(String text) {
        Matcher found = LIMIT.matcher(text.strip());
        return found.matches()
                ? number(found.group(3))
                        .map(number -> new Limit(found.group(1), found.group(2).equals(">"), number))
                : Optional.empty();
    }

    private static Optional<Double> margin(String text) {
        Matcher found = DOMINATED.matcher(text.strip());
        return found.matches() ? number(found.group(1)).filter(margin -> margin >= 0) : Optional.empty();
    }

    private static Optional<Double> number(String text) {
        try {
            return Optional.of(Double.valueOf(text)).filter(Double::isFinite);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return when + " for " + forSteps + " updates";
    }
}
