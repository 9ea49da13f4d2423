package org.unweave.eval.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.unweave.eval.report.Comparison.Block;
import org.unweave.eval.report.ConfigComparison.Key;
import org.unweave.eval.report.Score.Spread;

/** A comparison as JSON: {@code sides}, {@code config}, {@code jobs}, {@code seeds}, {@code problems}. */
public final class ComparisonJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ComparisonJson() {}

    /** Lists of values have one for each side, null where it has none; differences are to the first side. */
    public static String of(Comparison comparison) {
        ObjectNode json = NODES.objectNode();
        ArrayNode sides = json.putArray("sides");
        for (Comparison.Side side : comparison.sides()) {
            sides.addObject()
                    .put("label", side.label())
                    .put("folder", side.run().folder().toString())
                    .put("job", side.job());
        }
        ConfigComparison config = comparison.config();
        ObjectNode keys = json.putObject("config");
        keys(config.run(), keys.putArray("run"));
        keys(config.allJobs(), keys.putArray("all_jobs"));
        ObjectNode byJob = keys.putObject("jobs");
        config.jobs().forEach((job, own) -> keys(own, byJob.putArray(job)));
        config.missing().forEach(keys.putArray("missing")::add);
        blocks(comparison.jobs(), json.putArray("jobs"));
        blocks(comparison.seeds(), json.putArray("seeds"));
        comparison.problems().forEach(json.putArray("problems")::add);
        return json.toPrettyString();
    }

    private static void keys(List<Key> keys, ArrayNode out) {
        for (Key key : keys) {
            ArrayNode values = out.addObject().put("key", key.key()).putArray("values");
            key.values().forEach(value -> {
                if (value.equals(ConfigComparison.ABSENT)) {
                    values.addNull();
                } else {
                    values.add(value);
                }
            });
        }
    }

    private static void blocks(List<Block> blocks, ArrayNode out) {
        for (Block block : blocks) {
            ObjectNode one = out.addObject().put("name", block.name());
            block.counts().forEach(one.putArray("jobs_of_side")::add);
            ArrayNode lines = one.putArray("numbers");
            for (Comparison.Line line : block.lines()) {
                ObjectNode number = lines.addObject().put("name", line.name());
                ArrayNode values = number.putArray("values");
                ArrayNode least = number.putArray("least");
                ArrayNode most = number.putArray("most");
                ArrayNode differences = number.putArray("differences");
                for (int side = 0; side < line.values().size(); side++) {
                    Spread spread = line.values().get(side);
                    add(values, spread.mean());
                    add(least, spread.least());
                    add(most, spread.most());
                    add(differences, line.difference(side));
                }
            }
        }
    }

    private static void add(ArrayNode values, double value) {
        if (Double.isFinite(value)) {
            values.add(value);
        } else {
            values.addNull();
        }
    }
}
