package org.unweave.model.exchange;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.unweave.model.math.Quantile;

/**
 * Which latents of a job tell most of an attribute.
 *
 * @param source who has found it
 * @param attribute the attribute, {@code spurious}
 * @param features F, the number of latents that the job has; 0 where an evaluator could not find anything
 * @param top the latents with the largest attribution, falling; at most {@value #MOST}. The others count as 0
 * @param percentile85 of the attributions above 0, of all latents
 * @param probeAccuracy how well the attribute could be told, 0 to 1
 */
public record AttributionSnapshot(
        String job,
        long step,
        Source source,
        String attribute,
        int features,
        List<Attributed> top,
        double percentile85,
        double probeAccuracy)
        implements Told {
    /** Latents of a snapshot, at most. */
    public static final int MOST = 1024;

    public static final String SPURIOUS = "spurious";

    /** Of {@code percentile85}. */
    public static final double PERCENTILE = 0.85;

    /** Who finds an attribution. */
    public enum Source {
        /** The job, on texts that it trains on. */
        PROBE,
        /** An evaluator, on texts for development. */
        EVALUATOR
    }

    /** A latent and its share of all latents' attribution. */
    public record Attributed(int feature, double attribution) {}

    /** Of a checkpoint that an evaluator could not judge, so that nobody waits for it. */
    public static AttributionSnapshot none(String job, long step) {
        return new AttributionSnapshot(job, step, Source.EVALUATOR, SPURIOUS, 0, List.of(), 0, 0);
    }

    /** Of attributions that sum to 1, or are all 0. */
    public static AttributionSnapshot of(
            String job, long step, Source source, double[] attributionF, double probeAccuracy) {
        List<Attributed> positive = new ArrayList<>();
        for (int f = 0; f < attributionF.length; f++) {
            if (attributionF[f] > 0) {
                positive.add(new Attributed(f, attributionF[f]));
            }
        }
        positive.sort(
                Comparator.comparingDouble(Attributed::attribution).reversed().thenComparingInt(Attributed::feature));
        List<Double> rising =
                positive.reversed().stream().map(Attributed::attribution).toList();
        return new AttributionSnapshot(
                job,
                step,
                source,
                SPURIOUS,
                attributionF.length,
                positive.subList(0, Math.min(MOST, positive.size())),
                rising.isEmpty() ? 0 : Quantile.of(rising, PERCENTILE),
                probeAccuracy);
    }

    public AttributionSnapshot {
        top = List.copyOf(top);
        if (top.size() > MOST) {
            throw new IllegalArgumentException("a snapshot of " + top.size() + " latents, more than " + MOST);
        }
    }
}
