package org.unweave.model.math;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elements of one panel of pre-activations in the order in which they were found: a place, which is {@code feature *
 * TileProduct.ROWS + row of the panel}, and a value.
 */
final class Hits {
    private static final VectorSpecies<Integer> PLACES =
            Simd.SPECIES.withLanes(int.class).check(int.class);
    private static final IntVector LANE = IntVector.zero(PLACES).addIndex(1);

    private int[] place;
    private float[] value;
    private int size;

    /** Empty, with room for this many. */
    Hits(int capacity) {
        place = new int[capacity];
        value = new float[capacity];
    }

    int size() {
        return size;
    }

    int[] place() {
        return place;
    }

    float[] value() {
        return value;
    }

    void clear() {
        size = 0;
    }

    /** Makes room for this many more, and for a vector beyond them. */
    void reserve(int more) {
        int wanted = size + more + Simd.LANES;
        if (place.length < wanted) {
            int length = Math.max(wanted, 2 * place.length);
            place = Arrays.copyOf(place, length);
            value = Arrays.copyOf(value, length);
        }
    }

    // Found or not, a vector is written and the end moved by what counts: whether there is a hit is a coin that no
    // branch
    // predictor knows.
    /** Takes up the lanes of the mask; lane 0 is at {@code firstPlace}. There must be room. */
    void add(FloatVector values, VectorMask<Float> mask, int firstPlace) {
        values.compress(mask).intoArray(value, size);
        LANE.add(firstPlace).compress(mask.cast(PLACES)).intoArray(place, size);
        size += mask.trueCount();
    }

    /** What the arrays take. */
    long bytes() {
        return 8L * place.length;
    }
}
