package org.unweave.eval;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.unweave.model.math.Draws;

/** Random latents that are about as often active as given ones: what ablating any latents at all does. */
final class MatchedLatents {
    /** A latent is drawn from this many of the nearest firing rate. */
    private static final int NEAREST = 50;

    private final PooledLatents latents;
    private final int[] byRate;
    // Of the latents in byRate, in its order.
    private final double[] rate;

    /** Among the latents that are ever active. */
    MatchedLatents(PooledLatents latents) {
        this.latents = latents;
        this.byRate = IntStream.range(0, latents.means().columns())
                .filter(latent -> latents.firingRate(latent) > 0)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(latents::firingRate).thenComparingInt(latent -> latent))
                .mapToInt(Integer::intValue)
                .toArray();
        this.rate = Arrays.stream(byRate).mapToDouble(latents::firingRate).toArray();
    }

    /**
     * One latent for each of the ranked, in their order, no latent twice and none of the ranked; fewer where there are
     * too few others.
     */
    int[] draw(int[] ranked, Draws draws) {
        boolean[] taken = new boolean[latents.means().columns()];
        for (int latent : ranked) {
            taken[latent] = true;
        }
        int[] drawn = new int[ranked.length];
        int[] near = new int[NEAREST];
        for (int rank = 0; rank < ranked.length; rank++) {
            int count = nearest(latents.firingRate(ranked[rank]), taken, near);
            if (count == 0) {
                return Arrays.copyOf(drawn, rank);
            }
            drawn[rank] = near[draws.below(count)];
            taken[drawn[rank]] = true;
        }
        return drawn;
    }

    /** Fills {@code near} with the free latents whose rates are nearest, and returns how many they are. */
    private int nearest(double wanted, boolean[] taken, int[] near) {
        int above = firstNotBelow(wanted);
        int below = above - 1;
        int count = 0;
        while (count < near.length && (below >= 0 || above < byRate.length)) {
            boolean down = above == byRate.length || below >= 0 && wanted - rate[below] <= rate[above] - wanted;
            int latent = down ? byRate[below--] : byRate[above++];
            if (!taken[latent]) {
                near[count++] = latent;
            }
        }
        return count;
    }

    private int firstNotBelow(double wanted) {
        int from = 0;
        int to = byRate.length;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (rate[middle] < wanted) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }
}
