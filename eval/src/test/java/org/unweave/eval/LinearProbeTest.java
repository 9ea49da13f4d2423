package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.Draws;

/** The full-width probe takes AdamW's steps, and its choice of the epoch is the one that is asked for. */
class LinearProbeTest {

    @Test
    void update_batchesOfTheGoldenFile_endsAtItsWeights() throws IOException {
        JsonNode golden = LogisticProbeTest.golden().get("adamw");
        double[] x = LogisticProbeTest.flat(golden.get("x"));
        boolean[] y = LogisticProbeTest.labels(golden.get("y"));
        int columns = golden.get("x").get(0).size();
        double[] start = numbers(golden.get("start"));
        double[] end = numbers(golden.get("end"));
        LinearProbe probe =
                new LinearProbe(Arrays.copyOf(start, columns), start[columns], LinearProbe.Settings.FULL_WIDTH);
        LinearProbe.Examples examples = new LinearProbe.Examples(rows(x, columns), sequence(y.length), y);
        int batch = golden.get("batch").intValue();

        for (JsonNode orderNode : golden.get("orders")) {
            int[] order =
                    Arrays.stream(numbers(orderNode)).mapToInt(n -> (int) n).toArray();
            for (int from = 0; from < order.length; from += batch) {
                probe.update(examples, order, from, Math.min(order.length, from + batch));
            }
        }

        for (int i = 0; i < columns; i++) {
            assertThat(probe.weight()[i]).isCloseTo(end[i], within(1e-9));
        }
        assertThat(probe.bias()).isCloseTo(end[columns], within(1e-9));
    }

    @Test
    void bestAccuracy_separableRows_isOne() {
        int count = 3000;
        double[] x = new double[count * 5];
        boolean[] y = new boolean[count];
        Draws draws = new Draws(1, "test");
        for (int row = 0; row < count; row++) {
            y[row] = row % 2 == 0;
            for (int i = 0; i < 5; i++) {
                x[row * 5 + i] = draws.gaussian() + (i == 3 ? (y[row] ? 6 : -6) : 0);
            }
        }
        LinearProbe.Examples all = new LinearProbe.Examples(rows(x, 5), sequence(count), y);

        double accuracy = LinearProbe.bestAccuracy(
                all.part(0, 2500),
                all.part(2500, 2800),
                all.part(2800, 3000),
                new Draws(2, "p"),
                LinearProbe.Settings.FULL_WIDTH);

        assertThat(accuracy).isEqualTo(1);
    }

    @Test
    void bestAccuracy_labelsWithoutPattern_flattersOnlyWhenSelectedOnTheTestRows() {
        int count = 300;
        double[] x = new double[count * 40];
        boolean[] y = new boolean[count];
        Draws draws = new Draws(3, "noise");
        for (int row = 0; row < count; row++) {
            y[row] = row % 2 == 0;
            for (int i = 0; i < 40; i++) {
                x[row * 40 + i] = draws.gaussian();
            }
        }
        SparseRows rows = rows(x, 40);
        LinearProbe.Examples all = new LinearProbe.Examples(rows, sequence(count), y);
        double selectedOnTest = 0;
        double selectedApart = 0;
        for (int trial = 0; trial < 20; trial++) {
            LinearProbe.Examples test = all.part(200, 300);
            selectedOnTest += LinearProbe.bestAccuracy(
                            all.part(0, 150), test, test, new Draws(trial, "a"), LinearProbe.Settings.FULL_WIDTH)
                    / 20;
            selectedApart += LinearProbe.bestAccuracy(
                            all.part(0, 150),
                            all.part(150, 200),
                            test,
                            new Draws(trial, "a"),
                            LinearProbe.Settings.FULL_WIDTH)
                    / 20;
        }

        assertThat(selectedApart).isBetween(0.4, 0.56);
        assertThat(selectedOnTest).isGreaterThan(selectedApart);
    }

    private static double[] numbers(JsonNode node) {
        double[] out = new double[node.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = node.get(i).doubleValue();
        }
        return out;
    }

    private static int[] sequence(int count) {
        int[] out = new int[count];
        Arrays.setAll(out, i -> i);
        return out;
    }

    private static SparseRows rows(double[] x, int columns) {
        SparseRows.Builder builder = new SparseRows.Builder(columns, x.length / columns);
        for (int row = 0; row < x.length / columns; row++) {
            for (int i = 0; i < columns; i++) {
                builder.add(i, (float) x[row * columns + i]);
            }
            builder.endRow(1);
        }
        return builder.build();
    }
}
