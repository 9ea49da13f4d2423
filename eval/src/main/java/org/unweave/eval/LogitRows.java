package org.unweave.eval;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.unweave.model.math.Mat;

/** Log-sums and the divergence of two rows of logits, in log space, so that nothing underflows. */
final class LogitRows {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    // Single-precision sums are kept this short.
    private static final int CHUNK = 1024;

    private double changedLogSum;
    private double divergence;

    void compare(Mat cleanRV, Mat changedRV, int row) {
        int vocabulary = cleanRV.cols();
        long offset = (long) row * vocabulary * Float.BYTES;
        MemorySegment clean = cleanRV.memory();
        MemorySegment changed = changedRV.memory();
        float cleanMax = max(clean, offset, vocabulary);
        float changedMax = max(changed, offset, vocabulary);
        double cleanSum = 0;
        double changedSum = 0;
        double weighted = 0;
        for (int from = 0; from < vocabulary; from += CHUNK) {
            int to = Math.min(vocabulary, from + CHUNK);
            FloatVector cleanPart = FloatVector.zero(SPECIES);
            FloatVector changedPart = FloatVector.zero(SPECIES);
            FloatVector weightedPart = FloatVector.zero(SPECIES);
            int i = from;
            for (; i <= to - SPECIES.length(); i += SPECIES.length()) {
                long at = offset + (long) i * Float.BYTES;
                FloatVector a = vector(clean, at).sub(cleanMax);
                FloatVector b = vector(changed, at).sub(changedMax);
                FloatVector weight = a.lanewise(VectorOperators.EXP);
                cleanPart = cleanPart.add(weight);
                changedPart = changedPart.add(b.lanewise(VectorOperators.EXP));
                weightedPart = weightedPart.add(weight.mul(a.sub(b)));
            }
            cleanSum += cleanPart.reduceLanes(VectorOperators.ADD);
            changedSum += changedPart.reduceLanes(VectorOperators.ADD);
            weighted += weightedPart.reduceLanes(VectorOperators.ADD);
            for (; i < to; i++) {
                double a = cleanRV.get(row, i) - cleanMax;
                double b = changedRV.get(row, i) - changedMax;
                cleanSum += Math.exp(a);
                changedSum += Math.exp(b);
                weighted += Math.exp(a) * (a - b);
            }
        }
        changedLogSum = changedMax + Math.log(changedSum);
        // sum p (log p - log q), with log p = a - log(sum of exp a), and q alike
        divergence = weighted / cleanSum - Math.log(cleanSum) + Math.log(changedSum);
    }

    private static float max(MemorySegment logits, long offset, int vocabulary) {
        FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= vocabulary - SPECIES.length(); i += SPECIES.length()) {
            max = max.max(vector(logits, offset + (long) i * Float.BYTES));
        }
        float largest = max.reduceLanes(VectorOperators.MAX);
        for (; i < vocabulary; i++) {
            largest = Math.max(largest, logits.get(Mat.FLOAT, offset + (long) i * Float.BYTES));
        }
        return largest;
    }

    private static FloatVector vector(MemorySegment logits, long at) {
        return FloatVector.fromMemorySegment(SPECIES, logits, at, ByteOrder.nativeOrder());
    }

    /** log(sum exp z) of the changed row that was last compared. */
    double changedLogSum() {
        return changedLogSum;
    }

    /** KL(clean | changed) of the rows that were last compared. */
    double divergence() {
        return divergence;
    }
}
