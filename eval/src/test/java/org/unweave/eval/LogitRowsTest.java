package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unweave.model.math.Mat;

/** Log-sums and divergences agree with plain loops in double, for odd widths and for logits far apart. */
class LogitRowsTest {

    @Test
    void compare_oddVocabulary_agreesWithPlainLoops() {
        for (int vocabulary : new int[] {1, 7, 16, 1023, 1024, 2051}) {
            for (double spread : new double[] {0.1, 3, 60}) {
                Draws draws = new Draws(vocabulary, spread);
                try (Mat clean = Mat.zeros(2, vocabulary);
                        Mat changed = Mat.zeros(2, vocabulary)) {
                    for (int v = 0; v < vocabulary; v++) {
                        clean.set(1, v, (float) (spread * draws.gaussian()));
                        changed.set(1, v, (float) (spread * draws.gaussian()));
                    }
                    LogitRows rows = new LogitRows();

                    rows.compare(clean, changed, 1);

                    double[] p = logProbabilities(clean);
                    double[] q = logProbabilities(changed);
                    double divergence = 0;
                    for (int v = 0; v < vocabulary; v++) {
                        divergence += Math.exp(p[v]) * (p[v] - q[v]);
                    }
                    assertThat(rows.divergence()).isCloseTo(divergence, within(1e-5 * (1 + divergence)));
                    assertThat(rows.changedLogSum()).isCloseTo(changed.get(1, 0) - q[0], within(1e-4));
                }
            }
        }
    }

    @Test
    void compare_equalRows_isZero() {
        try (Mat clean = Mat.zeros(1, 300)) {
            Draws draws = new Draws(5, "equal");
            for (int v = 0; v < 300; v++) {
                clean.set(0, v, (float) (100 * draws.gaussian()));
            }
            LogitRows rows = new LogitRows();

            rows.compare(clean, clean, 0);

            assertThat(rows.divergence()).isZero();
        }
    }

    private static double[] logProbabilities(Mat logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (int v = 0; v < logits.cols(); v++) {
            max = Math.max(max, logits.get(1, v));
        }
        double sum = 0;
        for (int v = 0; v < logits.cols(); v++) {
            sum += Math.exp(logits.get(1, v) - max);
        }
        double[] out = new double[logits.cols()];
        for (int v = 0; v < out.length; v++) {
            out[v] = logits.get(1, v) - max - Math.log(sum);
        }
        return out;
    }
}
