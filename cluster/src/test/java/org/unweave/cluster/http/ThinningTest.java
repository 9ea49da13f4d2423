package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A thinned curve has as many points as asked for, rising, the first, the last and the peaks among them. */
class ThinningTest {
    private static int[] kept(double[] y, int most) {
        return Thinning.kept(LongStream.range(0, y.length).map(i -> 10 * i).toArray(), y, y.length, most);
    }

    @ParameterizedTest
    @CsvSource({
        "0,2,0",
        "1,2,1",
        "2,2,2",
        "3,2,2",
        "10,10,10",
        "11,10,10",
        "1000,2,2",
        "1000,3,3",
        "1000,500,500",
        "1001,999,999"
    })
    void points_areAsManyAsAskedFor_risingFromFirstToLast(int count, int most, int kept) {
        Random random = new Random(3);
        int[] chosen = kept(random.doubles(count).toArray(), most);
        assertThat(chosen).hasSize(kept);
        assertThat(Arrays.stream(chosen).distinct().count()).isEqualTo(kept);
        assertThat(chosen).isSorted();
        if (kept > 0) {
            assertThat(chosen[0]).isZero();
            assertThat(chosen[kept - 1]).isEqualTo(count - 1);
        }
    }

    @Test
    void peaks_stay() {
        double[] y = IntStream.range(0, 10_000)
                .mapToDouble(i -> i == 4321 ? 1000 : i == 7000 ? -1000 : Math.sin(i / 500.0))
                .toArray();
        assertThat(kept(y, 50)).contains(4321, 7000);
    }

    @Test
    void line_isALine() {
        double[] y = IntStream.range(0, 100).mapToDouble(i -> 3 * i).toArray();
        assertThat(Arrays.stream(kept(y, 10)).mapToDouble(i -> y[i]).toArray()).isSorted();
    }
}
