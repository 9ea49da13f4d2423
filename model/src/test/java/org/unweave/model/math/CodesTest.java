package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The feature's view of codes holds the same entries, by feature and then by row, also when codes are filled anew. */
class CodesTest {
    private static void fill(Codes codes, int[][] featuresOfRows) {
        codes.reset(
                featuresOfRows.length,
                Arrays.stream(featuresOfRows).mapToInt(row -> row.length).sum());
        int entry = 0;
        for (int row = 0; row < featuresOfRows.length; row++) {
            for (int feature : featuresOfRows[row]) {
                codes.feature()[entry] = feature;
                codes.value()[entry++] = 1;
            }
            codes.rowStart()[row + 1] = entry;
        }
    }

    @Test
    void index_smallCodes_isLiteral() {
        Codes codes = new Codes(4);
        fill(codes, new int[][] {{1, 3}, {}, {0, 1, 3}});

        assertThat(codes.featureStart()).containsExactly(0, 1, 3, 3, 5);
        assertThat(Arrays.copyOf(codes.byFeature(), 5)).containsExactly(2, 0, 3, 1, 4);
        assertThat(Arrays.copyOf(codes.rowByFeature(), 5)).containsExactly(2, 0, 2, 0, 2);
    }

    @Test
    void index_codesFilledAnewManyTimes_isThatOfTheLastFilling() {
        Random random = new Random(2);
        int features = 13;
        Codes codes = new Codes(features);
        for (int filling = 0; filling < 40; filling++) {
            int rows = random.nextInt(9);
            int[][] featuresOfRows = new int[rows][];
            for (int row = 0; row < rows; row++) {
                featuresOfRows[row] = random.ints(random.nextInt(features), 0, features)
                        .distinct()
                        .sorted()
                        .toArray();
            }
            fill(codes, featuresOfRows);

            assertThat(codes.featureStart()[0]).isZero();
            assertThat(codes.featureStart()[features]).isEqualTo(codes.entries());
            boolean[] seen = new boolean[codes.entries()];
            for (int feature = 0; feature < features; feature++) {
                int lastRow = -1;
                for (int i = codes.featureStart()[feature]; i < codes.featureStart()[feature + 1]; i++) {
                    int entry = codes.byFeature()[i];
                    int row = codes.rowByFeature()[i];
                    assertThat(codes.feature()[entry]).isEqualTo(feature);
                    assertThat(entry).isBetween(codes.rowStart()[row], codes.rowStart()[row + 1] - 1);
                    assertThat(row).isGreaterThan(lastRow);
                    lastRow = row;
                    seen[entry] = true;
                }
            }
            assertThat(seen).doesNotContain(false);
        }
    }

    @Test
    void l0_entryOfValueZero_isNotCounted() {
        Codes codes = new Codes(4);
        fill(codes, new int[][] {{1, 3}, {0}});
        codes.value()[1] = 0;

        assertThat(codes.l0()).isEqualTo(1);
        assertThat(codes.density()).isEqualTo(3.0 / 8);
    }

    @Test
    void l0_noRows_isZero() {
        Codes codes = new Codes(4);
        codes.reset(0, 0);

        assertThat(codes.l0()).isZero();
        assertThat(codes.density()).isZero();
        assertThat(codes.entries()).isZero();
    }
}
