package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.StreamSupport;
import org.unweave.model.math.Mat;

/** The numbers of golden files, and how near ours must be to them. */
final class GoldenNumbers {
    static final double LOSS_TOLERANCE = 1e-4;

    private static final double CHANGE_TOLERANCE = 1e-3;
    /** Adam turns a gradient that is only rounding into a change of full size; such elements say nothing. */
    private static final double LEAST_GRADIENT = 1e-5;
    /** Weights are of size 1 at most, and are rounded to 6e-8 at each of the updates and constraints. */
    private static final double ROUNDING = 5e-7;

    private GoldenNumbers() {}

    static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    static float[] floats(JsonNode array) {
        double[] values = numbers(array);
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** What all updates together changed of the weight of this name in the file. */
    static void assertChange(JsonNode root, String name, Mat end) {
        double[] wanted = numbers(root.get("change").get(name));
        float[] start = floats(root.get("params").get(name));
        float[] got = end.toArray();
        boolean[] tells = tells(root, name, wanted.length);
        int compared = 0;
        for (int j = 0; j < wanted.length; j++) {
            if (tells[j]) {
                compared++;
                assertThat((double) got[j] - start[j])
                        .as("change of %s[%d]", name, j)
                        .isCloseTo(wanted[j], within(CHANGE_TOLERANCE * Math.abs(wanted[j]) + ROUNDING));
            }
        }
        assertThat(compared).as("elements of %s that were compared", name).isGreaterThan(wanted.length * 3 / 4);
    }

    // Elements whose gradient was never tiny beside the tensor's largest; one of exactly 0 is 0 here too.
    private static boolean[] tells(JsonNode root, String name, int length) {
        boolean[] tells = new boolean[length];
        Arrays.fill(tells, true);
        for (JsonNode step : root.get("steps")) {
            double[] gradient = numbers(step.get("gradients").get(name));
            double largest = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
            for (int j = 0; j < length; j++) {
                tells[j] &= gradient[j] == 0 || Math.abs(gradient[j]) >= LEAST_GRADIENT * largest;
            }
        }
        return tells;
    }
}
