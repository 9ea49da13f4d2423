package org.unweave.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.unweave.model.math.Draws;

/** The latents that fire on what is to be forgotten and hardly on what is to be kept, and random ones like them. */
final class LatentSelection {
    // A random latent is drawn from so many whose rate is nearest.
    private static final int NEAREST = 20;

    private final FiringCounts forget;
    private final FiringCounts retain;

    LatentSelection(FiringCounts forget, FiringCounts retain) {
        this.forget = forget;
        this.retain = retain;
    }

    /** The most often firing on what is to be forgotten of those below the threshold, equals in order of their index. */
    List<Integer> select(double retainThreshold, int most) {
        return IntStream.range(0, forget.features())
                .filter(feature -> forget.rate(feature) > 0 && retain.rate(feature) < retainThreshold)
                .boxed()
                .sorted(Comparator.comparingDouble(feature -> -forget.rate(feature)))
                .limit(most)
                .toList();
    }

    /**
     * As many other latents, each drawn from those that fire most nearly as often on what is to be forgotten as one of
     * the given, whatever they do elsewhere.
     */
    List<Integer> matched(List<Integer> selected, Draws draws) {
        List<Integer> drawn = new ArrayList<>();
        for (int like : selected) {
            List<Integer> nearest = IntStream.range(0, forget.features())
                    .filter(feature -> !selected.contains(feature) && !drawn.contains(feature))
                    .boxed()
                    .sorted(Comparator.comparingDouble(feature -> Math.abs(forget.rate(feature) - forget.rate(like))))
                    .limit(NEAREST)
                    .toList();
            if (nearest.isEmpty()) {
                return drawn;
            }
            drawn.add(nearest.get(draws.below(nearest.size())));
        }
        return drawn;
    }

    /** The share of the tokens to be forgotten on which a latent fires. */
    double forgetRate(int feature) {
        return forget.rate(feature);
    }

    /** The same, of those to be kept. */
    double retainRate(int feature) {
        return retain.rate(feature);
    }

    /** A latent's largest value on both texts. */
    float largest(int feature) {
        return Math.max(forget.largest(feature), retain.largest(feature));
    }
}
