package org.unweave.eval;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Some latents and what each is set to where it fires; the error of the reconstruction stays. */
final class Intervention {
    static final Intervention NONE = new Intervention(new int[0], new float[0]);

    private final int[] latents;
    private final float[] values;

    private Intervention(int[] latents, float[] values) {
        this.latents = latents;
        this.values = values;
    }

    static Intervention of(List<Integer> latents, ToDoubleFunction<Integer> value) {
        int[] sorted = latents.stream().mapToInt(Integer::intValue).sorted().toArray();
        float[] values = new float[sorted.length];
        for (int i = 0; i < sorted.length; i++) {
            values[i] = (float) value.applyAsDouble(sorted[i]);
        }
        return new Intervention(sorted, values);
    }

    int size() {
        return latents.length;
    }

    /** The place of a latent among those set, or a negative number. */
    int indexOf(int latent) {
        return Arrays.binarySearch(latents, latent);
    }

    int latent(int index) {
        return latents[index];
    }

    float value(int index) {
        return values[index];
    }

    /** For a checksum. */
    @Override
    public String toString() {
        return Arrays.toString(latents) + Arrays.toString(values);
    }
}
