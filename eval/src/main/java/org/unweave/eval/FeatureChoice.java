package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.math.Draws;

/**
 * Which features are looked at: those that tell most of the spurious label, those that are active most often, and some
 * drawn from the rest that fire at all, so that one also sees what features are like as a rule. Each stands once, for the
 * first of these reasons.
 */
final class FeatureChoice {
    static final String ATTRIBUTED = "attributed";
    static final String ACTIVE = "active";
    static final String RANDOM = "random";

    private final LatentStatistics statistics;
    private final Map<Integer, Double> attributions = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();
    private final List<ChosenFeature> chosen = new ArrayList<>();

    private FeatureChoice(LatentStatistics statistics) {
        this.statistics = statistics;
    }

    static List<ChosenFeature> of(LatentStatistics statistics, FeatureStudy.Request request) {
        FeatureChoice choice = new FeatureChoice(statistics);
        List<Attributed> told = request.told().map(snapshot -> snapshot.top()).orElse(List.of());
        told.forEach(one -> choice.attributions.put(one.feature(), one.attribution()));
        choice.take(told.stream().map(Attributed::feature).toList(), ATTRIBUTED, request.count());
        List<Integer> alive = IntStream.range(0, statistics.features())
                .filter(feature -> statistics.density(feature) > 0)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer feature) -> -statistics.density(feature)))
                .toList();
        choice.take(alive, ACTIVE, request.count());
        choice.take(shuffled(alive, request.seed()), RANDOM, request.count());
        return List.copyOf(choice.chosen);
    }

    private void take(List<Integer> from, String reason, int count) {
        int rank = 0;
        for (int feature : from) {
            if (rank == count) {
                return;
            }
            if (feature < statistics.features() && taken.add(feature)) {
                rank++;
                chosen.add(new ChosenFeature(feature, reason, rank, attributions.getOrDefault(feature, Double.NaN)));
            }
        }
    }

    private static List<Integer> shuffled(List<Integer> features, long seed) {
        return Arrays.stream(new Draws(seed, "features to look at").permutation(features.size()))
                .mapToObj(features::get)
                .toList();
    }
}
