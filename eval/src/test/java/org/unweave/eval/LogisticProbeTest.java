package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The probe is scikit-learn's logistic regression at its optimum, also where that is hard to reach. */
class LogisticProbeTest {
    static JsonNode golden() throws IOException {
        try (InputStream in = LogisticProbeTest.class.getResourceAsStream("/golden/probe.json")) {
            return new ObjectMapper().readTree(in);
        }
    }

    static double[] flat(JsonNode rows) {
        double[] out = new double[rows.size() * rows.get(0).size()];
        int next = 0;
        for (JsonNode row : rows) {
            for (JsonNode element : row) {
                out[next++] = element.doubleValue();
            }
        }
        return out;
    }

    static boolean[] labels(JsonNode node) {
        boolean[] labels = new boolean[node.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = node.get(i).booleanValue();
        }
        return labels;
    }

    @Test
    void fit_problemsOfTheGoldenFile_agreesWithScikitLearn() throws IOException {
        JsonNode cases = golden().get("logistic");
        assertThat(cases.size()).isEqualTo(7);
        for (JsonNode problem : cases) {
            String name = problem.get("name").textValue();
            double[] x = flat(problem.get("x"));
            boolean[] y = labels(problem.get("y"));
            int features = problem.get("x").get(0).size();

            LogisticProbe probe = LogisticProbe.fit(x, features, y);

            double[] coefficients = probe.coefficients();
            for (int i = 0; i < features; i++) {
                double wanted = problem.get("coefficients").get(i).doubleValue();
                assertThat(coefficients[i]).as(name).isCloseTo(wanted, within(1e-6 * (1 + Math.abs(wanted))));
            }
            assertThat(probe.intercept())
                    .as(name)
                    .isCloseTo(problem.get("intercept").doubleValue(), within(1e-6));
            for (int row = 0; row < y.length; row++) {
                assertThat(probe.decision(x, row) > 0)
                        .as(name)
                        .isEqualTo(problem.get("predictions").get(row).booleanValue());
            }
        }
    }

    @Test
    void fit_separableWithHugeMargin_convergesAndIsRight() {
        double[] x = {-5000, -4000, -6000, 5000, 4000, 6000};
        boolean[] y = {false, false, false, true, true, true};

        LogisticProbe probe = LogisticProbe.fit(x, 1, y);

        assertThat(probe.accuracy(x, y)).isEqualTo(1);
        assertThat(probe.coefficients()[0]).isPositive().isFinite();
    }

    @Test
    void fit_onlyZerosAndBalancedLabels_predictsNegativeEverywhere() {
        double[] x = new double[20];
        boolean[] y = new boolean[10];
        for (int i = 0; i < 10; i += 2) {
            y[i] = true;
        }

        LogisticProbe probe = LogisticProbe.fit(x, 2, y);

        assertThat(probe.intercept()).isZero();
        assertThat(probe.accuracy(x, y)).isEqualTo(0.5);
    }

    @Test
    void fit_randomProblems_hasVanishingGradient() {
        Random random = new Random(4);
        for (int trial = 0; trial < 50; trial++) {
            int count = 20 + random.nextInt(200);
            int features = 1 + random.nextInt(10);
            double[] x = new double[count * features];
            boolean[] y = new boolean[count];
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextBoolean() ? 0 : random.nextGaussian() * Math.pow(10, random.nextInt(4) - 1);
            }
            for (int row = 0; row < count; row++) {
                y[row] = row < 2 ? row == 0 : random.nextDouble() < 1 / (1 + Math.exp(-x[row * features]));
            }

            LogisticProbe probe = LogisticProbe.fit(x, features, y);

            double[] weights = probe.coefficients();
            for (int i = 0; i <= features; i++) {
                double gradient = i < features ? weights[i] : 0;
                for (int row = 0; row < count; row++) {
                    double error = 1 / (1 + Math.exp(-probe.decision(x, row))) - (y[row] ? 1 : 0);
                    gradient += error * (i < features ? x[row * features + i] : 1);
                }
                assertThat(gradient).isCloseTo(0, within(1e-5));
            }
        }
    }

    @Test
    void fit_oneLabelOnly_isRefused() {
        assertThatThrownBy(() -> LogisticProbe.fit(new double[] {1, 2}, 1, new boolean[] {true, true}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both labels");
    }

    @Test
    void fit_featureThatIsNotANumber_isRefused() {
        assertThatThrownBy(() -> LogisticProbe.fit(new double[] {1, Double.NaN}, 1, new boolean[] {true, false}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }
}
