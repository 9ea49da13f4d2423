package org.unweave.model.math;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elements of one panel of pre-activations in the order in which they were found: a place, which is {@code feature *
 * TileProduct.ROWS + row of the panel}, and a value.
 */
final class Hits {
    private static final VectorSpecies<Integer> PLACES =
            Simd.SPECIES.withLanes(int.class).check(int.class);
    // A panel's rows are a power of two.
    private static final int SHIFT = Integer.numberOfTrailingZeros(TileProduct.ROWS);
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

    /** Takes up what is above its row's bar, of a feature and a whole panel of rows. There must be room. */
    void addAbove(float[] sums, int at, int feature, float[] bars) {
        float[] values = value;
        int[] places = place;
        int end = size;
        for (int row = 0; row < TileProduct.ROWS; row += Simd.LANES) {
            FloatVector found = FloatVector.fromArray(Simd.SPECIES, sums, at + row);
            VectorMask<Float> above = found.compare(VectorOperators.GT, FloatVector.fromArray(Simd.SPECIES, bars, row));
            end = add(found, above, feature * TileProduct.ROWS + row, values, places, end);
        }
        size = end;
    }

    /** Takes up what is above a bound, of a feature and so many rows. There must be room. */
    void addAbove(float[] sums, int at, int feature, float bound, int rows) {
        float[] values = value;
        int[] places = place;
        int end = size;
        for (int row = 0; row < rows; row += Simd.LANES) {
            FloatVector found = FloatVector.fromArray(Simd.SPECIES, sums, at + row);
            VectorMask<Float> above = found.compare(VectorOperators.GT, bound).and(lanes(row, rows));
            end = add(found, above, feature * TileProduct.ROWS + row, values, places, end);
        }
        size = end;
    }

    // Of the vector that begins at this row, the lanes that are rows.
    private static VectorMask<Float> lanes(int row, int rows) {
        return Simd.SPECIES.indexInRange(row, rows);
    }

    // Found or not, a vector is written and the end moved by what counts: whether there is a hit is a coin that no
    // branch
    // predictor knows.
    private static int add(
            FloatVector found, VectorMask<Float> mask, int firstPlace, float[] values, int[] places, int end) {
        found.compress(mask).intoArray(values, end);
        LANE.add(firstPlace).compress(mask.cast(PLACES)).intoArray(places, end);
        return end + mask.trueCount();
    }

    /** The row within the panel, of a place. */
    static int row(int place) {
        return place & (TileProduct.ROWS - 1);
    }

    static int feature(int place) {
        return place >>> SHIFT;
    }

    /** What the arrays take. */
    long bytes() {
        return 8L * place.length;
    }
}
