package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.Workspace;

/** The geometric median has the least summed distance to the rows, also where the iteration meets a row. */
class GeometricMedianTest {
    private static double distances(Mat xBD, double... point) {
        double sum = 0;
        for (int row = 0; row < xBD.rows(); row++) {
            double square = 0;
            for (int d = 0; d < point.length; d++) {
                square += Math.pow(xBD.get(row, d) - point[d], 2);
            }
            sum += Math.sqrt(square);
        }
        return sum;
    }

    private static float[] median(Mat xBD) {
        try (Workspace workspace = new Workspace(new ReferenceOps())) {
            Mat out1D = Mat.zeros(1, xBD.cols());
            out1D.fill(Float.NaN); // overwritten, whatever was there
            GeometricMedian.of(xBD, workspace, out1D);
            return out1D.toArray();
        }
    }

    /** A grid around the best point so far, made finer and finer: the summed distance is convex. */
    private static double[] bruteForce(Mat xBD) {
        double[] best = {0, 0};
        for (double width = 4; width > 1e-6; width /= 4) {
            double[] centre = best.clone();
            for (int i = -10; i <= 10; i++) {
                for (int j = -10; j <= 10; j++) {
                    double[] tried = {centre[0] + i * width / 10, centre[1] + j * width / 10};
                    if (distances(xBD, tried) < distances(xBD, best)) {
                        best = tried;
                    }
                }
            }
        }
        return best;
    }

    @Test
    void of_randomRowsWithOutliers_isTheBruteForceMinimum() {
        Random random = new Random(8);
        for (int trial = 0; trial < 10; trial++) {
            Mat xBD = Mat.zeros(25, 2);
            for (int row = 0; row < 25; row++) {
                float spread = row < 5 ? 3 : 0.5f;
                xBD.set(row, 0, (float) (spread * random.nextGaussian() + (row < 5 ? 2 : 0)));
                xBD.set(row, 1, (float) (spread * random.nextGaussian()));
            }
            double[] wanted = bruteForce(xBD);

            float[] got = median(xBD);

            assertThat(distances(xBD, got[0], got[1])).isCloseTo(distances(xBD, wanted), within(1e-4));
            assertThat((double) got[0]).isCloseTo(wanted[0], within(2e-3));
            assertThat((double) got[1]).isCloseTo(wanted[1], within(2e-3));
        }
    }

    @Test
    void of_symmetricRows_isTheRowInTheirMiddle() {
        Mat xBD = Mat.of(5, 2, 0, 0, 1, 0, -1, 0, 0, 1, 0, -1);

        assertThat(median(xBD)).containsExactly(new float[] {0, 0}, within(1e-6f));
    }

    @Test
    void of_meanThatIsARowButNotTheMedian_goesOnFromIt() {
        // On a line the geometric median is the median, -1; the mean, where the iteration begins, is the row at 0.
        Mat xBD = Mat.of(5, 1, -1, -1, -1, 0, 3);

        assertThat(median(xBD)).containsExactly(new float[] {-1}, within(1e-3f));
    }

    @Test
    void of_equalRows_isThatRow() {
        assertThat(median(Mat.of(3, 2, 1, 2, 1, 2, 1, 2))).containsExactly(new float[] {1, 2}, within(1e-6f));
    }

    @Test
    void of_oneRow_isThatRow() {
        assertThat(median(Mat.row(1, -2, 3))).containsExactly(new float[] {1, -2, 3}, within(1e-6f));
    }
}
