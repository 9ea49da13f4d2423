package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every size is permuted one to one, differently for each key, and without visible order. */
class PermutationTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 16, 17, 63, 64, 65, 1000, 4097, 65_537, 99_991})
    void apply_anySize_isABijection(int size) {
        for (long key : new long[] {0, 1, -1, 123_456_789_012L}) {
            Permutation permutation = new Permutation(size, key);
            BitSet seen = new BitSet(size);
            for (int i = 0; i < size; i++) {
                seen.set(Math.toIntExact(permutation.apply(i)));
            }
            assertThat(seen.cardinality()).isEqualTo(size);
            assertThat(seen.length()).isEqualTo(size);
        }
    }

    @Test
    void apply_otherKey_isAnotherOrder() {
        Permutation one = new Permutation(10_000, 1);
        Permutation two = new Permutation(10_000, 2);
        int same = 0;
        for (int i = 0; i < 10_000; i++) {
            same += one.apply(i) == two.apply(i) ? 1 : 0;
        }
        // One fixed point is expected of two random orders.
        assertThat(same).isLessThan(12);
    }

    @Test
    void apply_consecutiveIndices_landFarApart() {
        int size = 50_000;
        Permutation permutation = new Permutation(size, 42);
        double distance = 0;
        for (int i = 1; i < size; i++) {
            distance += Math.abs(permutation.apply(i) - permutation.apply(i - 1));
        }
        // Two uniform draws are a third of the range apart on average.
        assertThat(distance / (size - 1)).isBetween(size * 0.32, size * 0.345);
    }

    @Test
    void apply_firstTenth_isSpreadOverTheWholeRange() {
        int size = 100_000;
        Permutation permutation = new Permutation(size, 7);
        int[] tenths = new int[10];
        for (int i = 0; i < size / 10; i++) {
            tenths[(int) (permutation.apply(i) * 10 / size)]++;
        }
        // Binomial: mean 1000, standard deviation 30.
        for (int count : tenths) {
            assertThat(count).isBetween(850, 1150);
        }
    }

    @Test
    void apply_outsideTheSize_isRefused() {
        Permutation permutation = new Permutation(5, 0);
        assertThatThrownBy(() -> permutation.apply(5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> permutation.apply(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new Permutation(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
