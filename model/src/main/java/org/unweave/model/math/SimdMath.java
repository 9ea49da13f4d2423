package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Vector functions whose bits are the same whether the code is interpreted or compiled, which the Vector API's own
 * exponential does not promise.
 */
final class SimdMath {
    // exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2; ln 2 in two parts, the first of few bits.
    private static final float PER_LN2 = 1.44269504f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    // Below LOWEST the result would be subnormal; above HIGHEST infinite.
    private static final float LOWEST = -87.3f;
    private static final float HIGHEST = 88.3f;
    // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number.
    private static final float ROUNDER = 12582912f;
    // Taylor's series of (exp(r) - 1 - r) / r^2; its remainder is below a float's precision on this interval.
    private static final float C7 = 1f / 5040;
    private static final float C6 = 1f / 720;
    private static final float C5 = 1f / 120;
    private static final float C4 = 1f / 24;
    private static final float C3 = 1f / 6;
    private static final float C2 = 0.5f;

    private SimdMath() {}

    /** exp of each lane; arguments below -87.3 count as that, above 88.3 as that. */
    static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.max(LOWEST).min(HIGHEST);
        FloatVector whole = bounded.mul(PER_LN2).add(ROUNDER).sub(ROUNDER);
        FloatVector r = whole.lanewise(VectorOperators.FMA, -LN2_HIGH, bounded);
        r = whole.lanewise(VectorOperators.FMA, -LN2_LOW, r);
        FloatVector p = FloatVector.broadcast(Simd.SPECIES, C7);
        p = p.fma(r, FloatVector.broadcast(Simd.SPECIES, C6));
        p = p.fma(r, FloatVector.broadcast(Simd.SPECIES, C5));
        p = p.fma(r, FloatVector.broadcast(Simd.SPECIES, C4));
        p = p.fma(r, FloatVector.broadcast(Simd.SPECIES, C3));
        p = p.fma(r, FloatVector.broadcast(Simd.SPECIES, C2));
        p = p.fma(r.mul(r), r).add(1f);
        // 2^n: n + 127 as the exponent's bits; ROUNDER holds n in its lowest bits.
        FloatVector power = whole.add(ROUNDER)
                .reinterpretAsInts()
                .add(127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats();
        return p.mul(power);
    }

    /** The largest of n elements. */
    static float max(MemorySegment a, long offset, int n) {
        FloatVector max = FloatVector.broadcast(Simd.SPECIES, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            max = max.max(Simd.load(a, offset + i));
        }
        float result = max.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            result = Math.max(result, Simd.get(a, offset + i));
        }
        return result;
    }
}
