package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is drawn is a function of seed, purpose and step, differs when one of them does, and samples are fair. */
class DrawsTest {
    @Test
    void at_sameArguments_drawsTheSame() {
        Draws a = new Draws(5, "weights", 3);
        Draws b = new Draws(5, "weights", 3);

        for (int i = 0; i < 100; i++) {
            assertThat(a.bits()).isEqualTo(b.bits());
        }
    }

    @Test
    void at_anyArgumentDiffers_drawsSomethingElse() {
        Set<Long> first = new HashSet<>();
        for (long seed = -2; seed <= 2; seed++) {
            for (String purpose : new String[] {"", "a", "b", "ab", "ba", "weights"}) {
                for (long step = 0; step < 50; step++) {
                    first.add(new Draws(seed, purpose, step).bits());
                }
            }
        }

        assertThat(first).hasSize(5 * 6 * 50);
    }

    @Test
    void at_successiveSteps_areUncorrelated() {
        double sum = 0;
        int n = 20_000;
        for (int step = 0; step < n; step++) {
            double now = new Draws(1, "batch", step).uniform(0, 1) - 0.5;
            sum += now * (new Draws(1, "batch", step + 1).uniform(0, 1) - 0.5);
        }

        // Of independent draws the mean product has a standard deviation of 1 / (12 sqrt(n)) = 6e-4.
        assertThat(sum / n).isCloseTo(0, within(3e-3));
    }

    @Test
    void sample_someElements_areDistinctAndOfThem() {
        int[] elements = IntStream.range(100, 150).toArray();

        int[] sample = new Draws(1, "sample", 0).sample(elements.clone(), 20);

        assertThat(sample).hasSize(20).doesNotHaveDuplicates();
        assertThat(elements).contains(sample);
    }

    @Test
    void sample_allElements_isAnOrderOfThem() {
        int[] elements = IntStream.range(0, 50).toArray();

        int[] sample = new Draws(1, "sample", 0).sample(elements.clone(), 50);

        assertThat(sample).containsExactlyInAnyOrder(elements).isNotEqualTo(elements);
    }

    @Test
    void sample_manySteps_takesEachElementEquallyOften() {
        int[] taken = new int[10];
        for (int step = 0; step < 10_000; step++) {
            int[] elements = IntStream.range(0, 10).toArray();
            for (int element : new Draws(9, "sample", step).sample(elements, 3)) {
                taken[element]++;
            }
        }

        // Binomial: 3000 expected, standard deviation 46.
        for (int count : taken) {
            assertThat(count).isBetween(2800, 3200);
        }
    }
}
