package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.ConcurrentLinkedDeque;
import jdk.incubator.vector.FloatVector;
import org.bytedeco.javacpp.FloatPointer;

/** The CPU's transformer kernels: products by OpenBLAS, the rest by the Vector API. */
public final class SimdTransformerOps implements TransformerOps {
    private static final int ROWS = 32;
    // Query rows that are worked on together; their scores against all keys stay in the second-level cache.
    private static final int QUERY_ROWS = 64;

    private final Team team;
    // One matrix of scores for each thread at work.
    private final ConcurrentLinkedDeque<Mat> scores = new ConcurrentLinkedDeque<>();

    public SimdTransformerOps(Team team) {
        this.team = team;
    }

    @Override
    public void gather(Mat tableVD, int[] ids, int first, Mat outRD) {
        TransformerShapes.gather(tableVD, ids, first, outRD);
        long width = outRD.cols();
        for (int row = 0; row < outRD.rows(); row++) {
            MemorySegment.copy(
                    tableVD.memory(),
                    ids[first + row] * width * Float.BYTES,
                    outRD.memory(),
                    row * width * Float.BYTES,
                    width * Float.BYTES);
        }
    }

    @Override
    public void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        Blas.multiplyTransposed(team, aMK, bNK, 0f, outMN);
    }

    @Override
    public void addMultiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        Blas.multiplyTransposed(team, aMK, bNK, 1f, outMN);
    }

    @Override
    public void rmsNorm(Mat xRD, Mat gain1D, float epsilon, Mat outRD) {
        Shapes.row(xRD, gain1D);
        Shapes.same(xRD, outRD);
        int n = xRD.cols();
        team.blocks(xRD.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                rmsNormRow(xRD.memory(), gain1D.memory(), epsilon, outRD.memory(), (long) row * n, n);
            }
        });
    }

    private static void rmsNormRow(
            MemorySegment x, MemorySegment gain, float epsilon, MemorySegment out, long at, int n) {
        float factor = (float) (1 / Math.sqrt(sumOfSquares(x, at, n) / n + epsilon));
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            Simd.store(Simd.load(x, at + i).mul(factor).mul(Simd.load(gain, i)), out, at + i);
        }
        for (; i < n; i++) {
            Simd.set(out, at + i, Simd.get(x, at + i) * factor * Simd.get(gain, i));
        }
    }

    private static float sumOfSquares(MemorySegment x, long at, int n) {
        FloatVector sum0 = FloatVector.zero(Simd.SPECIES);
        FloatVector sum1 = FloatVector.zero(Simd.SPECIES);
        int i = 0;
        for (; i <= n - 2 * Simd.LANES; i += 2 * Simd.LANES) {
            FloatVector x0 = Simd.load(x, at + i);
            FloatVector x1 = Simd.load(x, at + i + Simd.LANES);
            sum0 = x0.fma(x0, sum0);
            sum1 = x1.fma(x1, sum1);
        }
        float sum = Simd.sum(sum0.add(sum1));
        for (; i < n; i++) {
            sum = Math.fma(Simd.get(x, at + i), Simd.get(x, at + i), sum);
        }
        return sum;
    }

    @Override
    public void rotate(Mat xRC, int heads, int[] positions, int first, Mat cosine, Mat sine) {
        TransformerShapes.rotate(xRC, heads, positions, first, cosine, sine);
        int half = cosine.cols();
        team.blocks(xRC.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                long angle = (long) positions[first + row] * half;
                for (int head = 0; head < heads; head++) {
                    long at = (long) row * xRC.cols() + head * 2L * half;
                    rotateHead(xRC.memory(), at, half, cosine.memory(), sine.memory(), angle);
                }
            }
        });
    }

    private static void rotateHead(
            MemorySegment x, long at, int half, MemorySegment cosine, MemorySegment sine, long angle) {
        int i = 0;
        for (; i <= half - Simd.LANES; i += Simd.LANES) {
            FloatVector left = Simd.load(x, at + i);
            FloatVector right = Simd.load(x, at + half + i);
            FloatVector cos = Simd.load(cosine, angle + i);
            FloatVector sin = Simd.load(sine, angle + i);
            Simd.store(left.mul(cos).sub(right.mul(sin)), x, at + i);
            Simd.store(right.mul(cos).add(left.mul(sin)), x, at + half + i);
        }
        for (; i < half; i++) {
            float left = Simd.get(x, at + i);
            float right = Simd.get(x, at + half + i);
            float cos = Simd.get(cosine, angle + i);
            float sin = Simd.get(sine, angle + i);
            Simd.set(x, at + i, left * cos - right * sin);
            Simd.set(x, at + half + i, right * cos + left * sin);
        }
    }

    @Override
    public void attention(Mat qkvRC, int[] starts, Heads heads, Mat outRC) {
        TransformerShapes.attention(qkvRC, starts, heads, outRC);
        attend(qkvRC, starts, new Keys(qkvRC, heads.query() * heads.width(), starts), heads, outRC);
    }

    @Override
    public void attention(Mat qkvRC, int[] starts, Mat keysValuesSC, int[] keyStarts, Heads heads, Mat outRC) {
        TransformerShapes.attention(qkvRC, starts, keysValuesSC, keyStarts, heads, outRC);
        attend(qkvRC, starts, new Keys(keysValuesSC, 0, keyStarts), heads, outRC);
    }

    /** Where keys and values stand: the first key column, and the rows of each sequence. */
    private static final class Keys {
        private final Mat mat;
        private final int column;
        private final int[] starts;

        Keys(Mat mat, int column, int[] starts) {
            this.mat = mat;
            this.column = column;
            this.starts = starts;
        }

        int first(int sequence) {
            return starts[sequence];
        }

        int count(int sequence) {
            return starts[sequence + 1] - starts[sequence];
        }
    }

    private void attend(Mat queries, int[] starts, Keys keys, Heads heads, Mat out) {
        int sequences = starts.length - 1;
        int longest = 0;
        for (int n = 0; n < sequences; n++) {
            longest = Math.max(longest, keys.count(n));
        }
        int scoreColumns = roundUp(longest);
        team.blocks(sequences * heads.query(), 1, (from, to) -> {
            Mat scratch = takeScores(scoreColumns);
            for (int piece = from; piece < to; piece++) {
                int n = piece / heads.query();
                attendHead(queries, starts[n], starts[n + 1], keys, n, heads, piece % heads.query(), scratch, out);
            }
            scores.push(scratch);
        });
        Reference.reachabilityFence(queries);
        Reference.reachabilityFence(keys.mat);
        Reference.reachabilityFence(out);
    }

    private Mat takeScores(int columns) {
        Mat known = scores.poll();
        if (known != null && known.cols() >= columns) {
            return known;
        }
        if (known != null) {
            known.close();
        }
        return Mat.zeros(QUERY_ROWS, columns);
    }

    private static void attendHead(
            Mat queries, int start, int end, Keys keys, int sequence, Heads heads, int head, Mat scores, Mat out) {
        int width = heads.width();
        int columns = queries.cols();
        int group = head / (heads.query() / heads.keyValue());
        int keyColumns = keys.mat.cols();
        long ofGroup = (long) keys.first(sequence) * keyColumns + keys.column + (long) group * width;
        FloatPointer keyPointer = Blas.at(keys.mat, ofGroup);
        FloatPointer valuePointer = Blas.at(keys.mat, ofGroup + (long) heads.keyValue() * width);
        float scale = (float) (1 / Math.sqrt(width));
        int length = end - start;
        int before = keys.count(sequence) - length;
        for (int first = 0; first < length; first += QUERY_ROWS) {
            int rows = Math.min(QUERY_ROWS, length - first);
            int seen = before + first + rows;
            FloatPointer queryPointer = Blas.at(queries, (long) (start + first) * columns + (long) head * width);
            Blas.product(
                    true,
                    rows,
                    seen,
                    width,
                    scale,
                    queryPointer,
                    columns,
                    keyPointer,
                    keyColumns,
                    0f,
                    scores.pointer(),
                    scores.cols());
            for (int row = 0; row < rows; row++) {
                softmax(scores.memory(), (long) row * scores.cols(), before + first + row + 1, seen);
            }
            FloatPointer to = Blas.at(out, (long) (start + first) * out.cols() + (long) head * width);
            Blas.product(
                    false,
                    rows,
                    width,
                    seen,
                    1f,
                    scores.pointer(),
                    scores.cols(),
                    valuePointer,
                    keyColumns,
                    0f,
                    to,
                    out.cols());
        }
    }

    // Rows have room for whole vectors, so what lies between n and the next whole vector may be overwritten.
    private static void softmax(MemorySegment scores, long at, int n, int columns) {
        int whole = roundUp(n);
        for (int i = n; i < whole; i++) {
            Simd.set(scores, at + i, Float.NEGATIVE_INFINITY);
        }
        float max = SimdMath.max(scores, at, whole);
        FloatVector total = FloatVector.zero(Simd.SPECIES);
        for (int i = 0; i < whole; i += Simd.LANES) {
            FloatVector exp = SimdMath.exp(Simd.load(scores, at + i).sub(max));
            Simd.store(exp, scores, at + i);
            total = total.add(exp);
        }
        float factor = 1 / Simd.sum(total);
        for (int i = 0; i < whole; i += Simd.LANES) {
            Simd.store(Simd.load(scores, at + i).mul(factor), scores, at + i);
        }
        for (int i = n; i < columns; i++) {
            Simd.set(scores, at + i, 0f);
        }
    }

    private static int roundUp(int n) {
        return (n + Simd.LANES - 1) / Simd.LANES * Simd.LANES;
    }

    @Override
    public void siluMultiply(Mat gateUpRC, Mat outRF) {
        TransformerShapes.halves(gateUpRC, outRF);
        int n = outRF.cols();
        team.blocks(outRF.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                siluMultiplyRow(gateUpRC.memory(), 2L * row * n, outRF.memory(), (long) row * n, n);
            }
        });
    }

    private static void siluMultiplyRow(MemorySegment gateUp, long at, MemorySegment out, long outAt, int n) {
        int i = 0;
        for (; i <= n - Simd.LANES; i += Simd.LANES) {
            FloatVector gate = Simd.load(gateUp, at + i);
            FloatVector up = Simd.load(gateUp, at + n + i);
            Simd.store(gate.mul(up).div(SimdMath.exp(gate.neg()).add(1f)), out, outAt + i);
        }
        for (; i < n; i++) {
            float gate = Simd.get(gateUp, at + i);
            double exp = StrictMath.exp(-gate);
            Simd.set(out, outAt + i, (float) (gate / (1 + exp) * Simd.get(gateUp, at + n + i)));
        }
    }

    @Override
    public void crossEntropy(Mat logitsRV, int[] targets, int first, float[] out) {
        TransformerShapes.crossEntropy(logitsRV, targets, first, out);
        int n = logitsRV.cols();
        MemorySegment logits = logitsRV.memory();
        team.blocks(logitsRV.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = (long) row * n;
                double logSum = logSumExp(logits, at, n);
                out[first + row] = (float) (logSum - Simd.get(logits, at + targets[first + row]));
            }
        });
    }

    // Stretches of this many elements are summed in float, the stretches in double.
    private static final int STRETCH = 1024;

    private static double logSumExp(MemorySegment logits, long at, int n) {
        float max = SimdMath.max(logits, at, n);
        double total = 0;
        for (int start = 0; start < n; start += STRETCH) {
            int end = Math.min(n, start + STRETCH);
            FloatVector sum = FloatVector.zero(Simd.SPECIES);
            int i = start;
            for (; i <= end - Simd.LANES; i += Simd.LANES) {
                sum = sum.add(SimdMath.exp(Simd.load(logits, at + i).sub(max)));
            }
            total += Simd.sum(sum);
            for (; i < end; i++) {
                total += StrictMath.exp(Simd.get(logits, at + i) - max);
            }
        }
        return max + StrictMath.log(total);
    }

    @Override
    public void divergence(Mat pLogitsRV, Mat qLogitsRV, int first, float[] out) {
        TransformerShapes.divergence(pLogitsRV, qLogitsRV, first, out);
        int n = pLogitsRV.cols();
        MemorySegment p = pLogitsRV.memory();
        MemorySegment q = qLogitsRV.memory();
        team.blocks(pLogitsRV.rows(), 1, (from, to) -> {
            for (int row = from; row < to; row++) {
                out[first + row] = (float) Math.max(0, divergence(p, q, (long) row * n, n));
            }
        });
    }

    // sum_v p_v (log p_v - log q_v)
    private static double divergence(MemorySegment p, MemorySegment q, long at, int n) {
        float pLogSum = (float) logSumExp(p, at, n);
        float qLogSum = (float) logSumExp(q, at, n);
        double total = 0;
        for (int start = 0; start < n; start += STRETCH) {
            int end = Math.min(n, start + STRETCH);
            FloatVector sum = FloatVector.zero(Simd.SPECIES);
            int i = start;
            for (; i <= end - Simd.LANES; i += Simd.LANES) {
                FloatVector logP = Simd.load(p, at + i).sub(pLogSum);
                FloatVector logQ = Simd.load(q, at + i).sub(qLogSum);
                sum = SimdMath.exp(logP).fma(logP.sub(logQ), sum);
            }
            total += Simd.sum(sum);
            for (; i < end; i++) {
                double logP = Simd.get(p, at + i) - (double) pLogSum;
                double logQ = Simd.get(q, at + i) - (double) qLogSum;
                total += StrictMath.exp(logP) * (logP - logQ);
            }
        }
        return total;
    }

    @Override
    public void close() {
        scores.forEach(Mat::close);
        scores.clear();
    }
}
