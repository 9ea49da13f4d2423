package org.unweave.eval.report;

import java.util.List;
import java.util.Locale;
import org.unweave.eval.report.Comparison.Block;
import org.unweave.eval.report.Comparison.Line;
import org.unweave.eval.report.ConfigComparison.Key;
import org.unweave.eval.report.Score.Spread;

/** Sets a comparison in a fixed-width font. */
public final class ComparisonText {
    private static final int NAME_WIDTH = 30;
    private static final int LONGEST_VALUE = 40;

    private final Comparison comparison;
    private final StringBuilder text = new StringBuilder();

    private ComparisonText(Comparison comparison) {
        this.comparison = comparison;
    }

    /** The keys that differ, then the numbers; by seeds where there are such, else by job. */
    public static String of(Comparison comparison) {
        return new ComparisonText(comparison).set();
    }

    private String set() {
        List<Comparison.Side> sides = comparison.sides();
        for (int i = 0; i < sides.size(); i++) {
            line((char) ('A' + i % 26) + "  " + sides.get(i).label());
        }
        line("");
        configuration();
        List<Block> seeds = comparison.seeds();
        (seeds.isEmpty() ? comparison.jobs() : seeds).forEach(this::block);
        if (!seeds.isEmpty()) {
            line("Means over seeds, [least, greatest]; ~ marks a difference within these ranges.");
        }
        return text.toString();
    }

    private void configuration() {
        ConfigComparison config = comparison.config();
        line(config.isEmpty() ? "No key of the configurations differs." : "Keys that differ");
        keys("", config.run());
        keys("all jobs: ", config.allJobs());
        config.jobs().forEach((job, keys) -> keys(job + ": ", keys));
        config.missing().forEach(sentence -> line("  " + sentence));
        line("");
    }

    private void keys(String prefix, List<Key> keys) {
        for (Key key : keys) {
            line("  " + prefix + key.key() + ": "
                    + String.join(
                            " | ",
                            key.values().stream().map(ComparisonText::shortened).toList()));
        }
    }

    private static String shortened(String value) {
        return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE - 1) + "\u2026";
    }

    private void block(Block block) {
        int sides = comparison.sides().size();
        boolean seeds = block.counts().stream().anyMatch(count -> count > 1);
        int width = seeds ? 26 : 12;
        StringBuilder head = new StringBuilder(pad(block.name(), NAME_WIDTH));
        for (int side = 0; side < sides; side++) {
            int count = block.counts().get(side);
            head.append(right((char) ('A' + side % 26) + (count > 1 ? " (" + count + " seeds)" : ""), width));
        }
        for (int side = 1; side < sides; side++) {
            head.append(right((char) ('A' + side % 26) + " - A", 12));
        }
        line(head.toString());
        for (Line one : block.lines()) {
            StringBuilder row = new StringBuilder(pad("  " + one.name(), NAME_WIDTH));
            for (int side = 0; side < sides; side++) {
                row.append(right(value(one, side, block.counts().get(side)), width));
            }
            for (int side = 1; side < sides; side++) {
                row.append(right(difference(one, side, seeds), 12));
            }
            line(row.toString());
        }
        line("");
    }

    private static String value(Line line, int side, int count) {
        Spread spread = line.values().get(side);
        String mean = Numbers.fixed(spread.mean(), line.decimals());
        return count > 1 && spread.known()
                ? mean + " [" + Numbers.fixed(spread.least(), line.decimals()) + ", "
                        + Numbers.fixed(spread.most(), line.decimals()) + "]"
                : mean;
    }

    /** With its sign, {@code ~} before one that may be chance. */
    private static String difference(Line line, int side, boolean seeds) {
        String number = Numbers.signed(line.difference(side), line.decimals());
        return seeds && !number.equals(Numbers.MISSING) && line.overlaps(side) ? "~ " + number : number;
    }

    private static String pad(String value, int width) {
        return String.format(Locale.ROOT, "%-" + width + "s", value);
    }

    private static String right(String value, int width) {
        return String.format(Locale.ROOT, " %" + (width - 1) + "s", value);
    }

    private void line(String line) {
        text.append(line.stripTrailing()).append('\n');
    }
}
