package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.DoubleStream;

/** The features of a job's newest checkpoint: how often each fires, and its nearest neighbour in the decoder. */
public final class FeatureStatistics {
    private final long step;
    private final double[] densities;
    private final double[] similarities;

    private FeatureStatistics(long step, double[] densities, double[] similarities) {
        this.step = step;
        this.densities = densities;
        this.similarities = similarities;
    }

    static FeatureStatistics of(JsonNode node) {
        return new FeatureStatistics(
                JsonFields.whole(node, "step", -1),
                finite(JsonFields.array(node, "density")),
                finite(JsonFields.array(node, "decoder_similarity")));
    }

    public long step() {
        return step;
    }

    public int features() {
        return densities.length;
    }

    /** Features that did not fire once on the rows that were counted. */
    public int silent() {
        return (int) Arrays.stream(densities).filter(density -> density <= 0).count();
    }

    public boolean hasSimilarities() {
        return similarities.length > 0;
    }

    /** Base-10 logarithms of the firing frequencies of the features that fired. */
    DoubleStream logDensities() {
        return Arrays.stream(densities).filter(density -> density > 0).map(Math::log10);
    }

    DoubleStream similarities() {
        return Arrays.stream(similarities);
    }

    private static double[] finite(double[] values) {
        return Arrays.stream(values).filter(Double::isFinite).toArray();
    }
}
