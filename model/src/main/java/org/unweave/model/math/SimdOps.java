package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The CPU's kernels: dense products by OpenBLAS, the rest by the Vector API.
 *
 * <p>Codes with few entries are worked through entry by entry; dense ones are spread out and multiplied.
 */
public final class SimdOps implements Ops {
    private static final int ROWS = 32;
    private static final int FEATURES = 64;
    private static final int ELEMENTS = 16_384;
    private static final int PART = 512;
    // Above this share of active latents three dense products are quicker than going through the entries.
    private static final double DENSE = 0.2;

    private final Team team;
    private final Encoder encoder;
    private final FeatureSums featureSums;
    private final Workspace scratch = new Workspace(this);

    public SimdOps(Team team) {
        this.team = team;
        this.encoder = new Encoder(team);
        this.featureSums = new FeatureSums(team);
    }

    /** The library and the vector width, for provenance. */
    static String description() {
        return "openblas=0.3.31 lanes=" + Simd.LANES;
    }

    @Override
    public void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        Blas.multiply(team, aMK, false, bNK, true, 0f, outMN);
    }

    @Override
    public void multiply(Mat aMK, Mat bKN, Mat outMN) {
        Shapes.multiply(aMK, false, bKN, false, outMN);
        if (aMK.rows() == 1) {
            multiplyRow(aMK, bKN, outMN);
            return;
        }
        Blas.multiply(team, aMK, false, bKN, false, 0f, outMN);
    }

    // BLAS packs b for the sake of other rows, which are not there.
    private void multiplyRow(Mat a1K, Mat bKN, Mat out1N) {
        int n = bKN.cols();
        int[] rows = IntStream.range(0, bKN.rows()).toArray();
        float[] factors = a1K.toArray();
        Mat parts = scratch.take("ops.parts", (bKN.rows() + PART - 1) / PART, n);
        parts.fill(0);
        team.blocks(
                bKN.rows(),
                PART,
                (from, to) -> Simd.addRows(
                        rows, factors, from, to, bKN.memory(), parts.memory(), (long) (from / PART) * n, n));
        out1N.fill(0);
        for (int part = 0; part < parts.rows(); part++) {
            Simd.addScaled(1f, parts.memory(), (long) part * n, out1N.memory(), 0, n);
        }
    }

    @Override
    public void multiplyLeftTransposed(Mat aKM, Mat bKN, Mat outMN) {
        Shapes.multiply(aKM, true, bKN, false, outMN);
        Blas.multiply(team, aKM, true, bKN, false, 0f, outMN);
    }

    @Override
    public void subtractRow(Mat aMN, Mat row1N, Mat outMN) {
        Shapes.row(aMN, row1N);
        Shapes.same(aMN, outMN);
        int n = aMN.cols();
        team.blocks(aMN.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = (long) row * n;
                Simd.subtract(aMN.memory(), at, row1N.memory(), 0, outMN.memory(), at, n);
            }
        });
    }

    @Override
    public void addRow(Mat aMN, Mat row1N) {
        Shapes.row(aMN, row1N);
        int n = aMN.cols();
        team.blocks(aMN.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                Simd.addScaled(1f, row1N.memory(), 0, aMN.memory(), (long) row * n, n);
            }
        });
    }

    @Override
    public void subtract(Mat a, Mat b, Mat out) {
        Shapes.same(a, b);
        Shapes.same(a, out);
        team.blocks(
                elements(a),
                ELEMENTS,
                (from, to) -> Simd.subtract(a.memory(), from, b.memory(), from, out.memory(), from, to - from));
    }

    @Override
    public void addScaled(float factor, Mat x, Mat y) {
        Shapes.same(x, y);
        team.blocks(
                elements(x),
                ELEMENTS,
                (from, to) -> Simd.addScaled(factor, x.memory(), from, y.memory(), from, to - from));
    }

    @Override
    public void scale(Mat a, float factor) {
        team.blocks(elements(a), ELEMENTS, (from, to) -> Simd.scale(a.memory(), from, factor, to - from));
    }

    @Override
    public void addColumnSums(float factor, Mat aMN, Mat out1N) {
        Shapes.row(aMN, out1N);
        int n = aMN.cols();
        for (int row = 0; row < aMN.rows(); row++) {
            Simd.addScaled(factor, aMN.memory(), (long) row * n, out1N.memory(), 0, n);
        }
    }

    @Override
    public double sumOfSquares(Mat a) {
        int n = elements(a);
        double[] parts = new double[(n + ELEMENTS - 1) / ELEMENTS];
        MemorySegment memory = a.memory();
        team.blocks(n, ELEMENTS, (from, to) -> {
            double sum = 0;
            // Short stretches in float, their sum in double.
            for (int i = from; i < to; i += 256) {
                sum += Simd.dot(memory, i, memory, i, Math.min(256, to - i));
            }
            parts[from / ELEMENTS] = sum;
        });
        double sum = 0;
        for (double part : parts) {
            sum += part;
        }
        return sum;
    }

    @Override
    public void selectTopK(Mat preBF, int k, Codes out) {
        Shapes.select(preBF, out, k);
        Selection.topK(team, preBF, Math.min(k, preBF.cols()), null, out);
    }

    @Override
    public void selectTopKAmong(Mat preBF, int[] features, int k, Codes out) {
        Shapes.select(preBF, out, k);
        Selection.topK(team, preBF, Math.min(k, features.length), features, out);
    }

    @Override
    public void selectPositive(Mat preBF, Codes out) {
        Shapes.select(preBF, out, 1);
        Selection.positive(team, preBF, out);
    }

    @Override
    public void selectBatchTopK(Mat preBF, int count, Codes out) {
        Shapes.select(preBF, out, count);
        Selection.batchTopK(preBF, count, out);
    }

    @Override
    public void selectAbove(Mat preBF, Mat bound1F, Codes out) {
        Shapes.select(preBF, out, 1);
        Shapes.row(preBF, bound1F);
        Selection.above(team, preBF, bound1F, out);
    }

    @Override
    public void encode(Mat centredBD, Mat encFD, Mat bias1F, List<Pick> picks) {
        encoder.encode(centredBD, encFD, bias1F, picks);
    }

    @Override
    public void decode(Codes codes, Mat decFD, @Nullable Mat bias1D, Mat outBD) {
        Shapes.decode(codes, decFD, bias1D, outBD);
        if (codes.density() > DENSE) {
            multiply(spread(codes, codes.value(), 1), decFD, outBD);
            if (bias1D != null) {
                addRow(outBD, bias1D);
            }
            return;
        }
        team.blocks(codes.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                decodeRow(codes, decFD, bias1D, outBD, row);
            }
        });
    }

    @Override
    public void addDecoded(Codes codes, Mat decFD, Mat outBD) {
        Shapes.decode(codes, decFD, null, outBD);
        if (codes.density() > DENSE) {
            Blas.multiply(team, spread(codes, codes.value(), 1), false, decFD, false, 1f, outBD);
            return;
        }
        team.blocks(codes.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                addDecodedRow(codes, decFD, outBD, row);
            }
        });
    }

    private static void addDecodedRow(Codes codes, Mat decFD, Mat outBD, int row) {
        int n = decFD.cols();
        int from = codes.rowStart()[row];
        int to = codes.rowStart()[row + 1];
        Simd.addRows(codes.feature(), codes.value(), from, to, decFD.memory(), outBD.memory(), (long) row * n, n);
    }

    private static void decodeRow(Codes codes, Mat decFD, @Nullable Mat bias1D, Mat outBD, int row) {
        int n = decFD.cols();
        long at = (long) row * n;
        if (bias1D == null) {
            outBD.memory().asSlice(at * Float.BYTES, (long) n * Float.BYTES).fill((byte) 0);
        } else {
            MemorySegment.copy(bias1D.memory(), 0, outBD.memory(), at * Float.BYTES, (long) n * Float.BYTES);
        }
        addDecodedRow(codes, decFD, outBD, row);
    }

    @Override
    public void decodeError(Codes codes, Mat decFD, Mat bias1D, Mat xBD, Mat errorBD) {
        Shapes.decode(codes, decFD, bias1D, errorBD);
        Shapes.same(errorBD, xBD);
        if (codes.density() > DENSE) {
            Ops.super.decodeError(codes, decFD, bias1D, xBD, errorBD);
            return;
        }
        scratch.drop("ops.dense"); // as large as [B, F], and of use at the start of some runs only
        float[] products = codes.beginErrorProducts();
        int n = decFD.cols();
        MemorySegment error = errorBD.memory();
        team.blocks(codes.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = (long) row * n;
                decodeRow(codes, decFD, bias1D, errorBD, row);
                Simd.subtract(xBD.memory(), at, error, at, error, at, n);
                // While a row's share of the decoder is in the second-level cache.
                addDots(codes, row, errorBD, decFD, products);
            }
        });
    }

    private static void addDots(Codes codes, int row, Mat aBD, Mat decFD, float[] out) {
        int n = decFD.cols();
        int from = codes.rowStart()[row];
        int to = codes.rowStart()[row + 1];
        Simd.addDots(codes.feature(), from, to, decFD.memory(), aBD.memory(), (long) row * n, out, n);
    }

    @Override
    public void addCodeGradients(Codes codes, Mat gradBD, Mat decFD, float[] out) {
        Shapes.decode(codes, decFD, null, gradBD);
        Shapes.entries(codes, out);
        if (codes.density() > DENSE) {
            addDenseCodeGradients(codes, gradBD, decFD, out);
            return;
        }
        team.blocks(codes.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                addDots(codes, row, gradBD, decFD, out);
            }
        });
    }

    private void addDenseCodeGradients(Codes codes, Mat gradBD, Mat decFD, float[] out) {
        Mat productBF = scratch.take("ops.dense", codes.rows(), codes.features());
        multiplyTransposed(gradBD, decFD, productBF);
        team.blocks(codes.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                    out[j] += Simd.get(productBF.memory(), (long) row * codes.features() + codes.feature()[j]);
                }
            }
        });
    }

    @Override
    public void addFeatureRows(FeatureRows part, Mat outFD) {
        Codes codes = part.codes();
        Shapes.decode(codes, outFD, null, part.rowsBD());
        if (codes.density() > DENSE) {
            Mat denseBF = spread(codes, part.coefficient(), part.factor());
            Blas.multiply(team, denseBF, true, part.rowsBD(), false, 1f, outFD);
            return;
        }
        featureSums.add(part, outFD);
    }

    @Override
    public double featureRows(List<FeatureRows> parts, @Nullable Mat alongFD, Mat outFD) {
        for (FeatureRows part : parts) {
            Shapes.decode(part.codes(), outFD, null, part.rowsBD());
            if (part.codes().density() > DENSE) {
                return Ops.super.featureRows(parts, alongFD, outFD);
            }
        }
        if (alongFD != null) {
            Shapes.same(outFD, alongFD);
        }
        return featureSums.write(parts, alongFD, outFD);
    }

    @Override
    public double finishRows(@Nullable Mat alongFD, Mat outFD) {
        if (alongFD == null) {
            return sumOfSquares(outFD);
        }
        Shapes.same(outFD, alongFD);
        return featureSums.removeParallel(alongFD, outFD);
    }

    @Override
    public void addFeatureSums(Codes codes, float[] coefficient, Mat out1F) {
        out1F.requireShape(1, codes.features());
        Shapes.entries(codes, coefficient);
        MemorySegment out = out1F.memory();
        for (int j = 0; j < codes.entries(); j++) {
            int feature = codes.feature()[j];
            Simd.set(out, feature, Simd.get(out, feature) + coefficient[j]);
        }
    }

    private Mat spread(Codes codes, float[] coefficient, float factor) {
        Mat denseBF = scratch.take("ops.dense", codes.rows(), codes.features());
        denseBF.fill(0);
        team.blocks(codes.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                    Simd.set(
                            denseBF.memory(),
                            (long) row * codes.features() + codes.feature()[j],
                            factor * coefficient[j]);
                }
            }
        });
        return denseBF;
    }

    @Override
    public void removeParallel(Mat gradFD, Mat decFD) {
        Shapes.same(gradFD, decFD);
        int n = decFD.cols();
        team.blocks(decFD.rows(), FEATURES, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = (long) row * n;
                FeatureSums.removeParallel(gradFD.memory(), decFD.memory(), at, n);
            }
        });
    }

    @Override
    public void rowNorms(Mat aFD, Mat out1F) {
        out1F.requireShape(1, aFD.rows());
        int n = aFD.cols();
        team.blocks(aFD.rows(), FEATURES, (from, to) -> {
            for (int row = from; row < to; row++) {
                long at = (long) row * n;
                Simd.set(out1F.memory(), row, (float) Math.sqrt(Simd.dot(aFD.memory(), at, aFD.memory(), at, n)));
            }
        });
    }

    @Override
    public void normalizeRows(Mat aFD) {
        team.blocks(aFD.rows(), FEATURES, (from, to) -> {
            for (int row = from; row < to; row++) {
                normalizeRow(aFD, row);
            }
        });
    }

    private static void normalizeRow(Mat aFD, int row) {
        int n = aFD.cols();
        long at = (long) row * n;
        float norm = (float) Math.sqrt(Simd.dot(aFD.memory(), at, aFD.memory(), at, n));
        if (norm > 0) {
            Simd.scale(aFD.memory(), at, 1 / norm, n);
        }
    }

    @Override
    public void adam(Mat parameter, Mat gradient, float factor, Mat firstMoment, Mat secondMoment, AdamStep step) {
        AdamPass pass = new AdamPass(parameter, gradient, factor, firstMoment, secondMoment, step);
        team.blocks(elements(parameter), ELEMENTS, pass::update);
    }

    @Override
    public void adamUnitRows(
            Mat parameter, Mat gradient, float factor, Mat firstMoment, Mat secondMoment, AdamStep step) {
        AdamPass pass = new AdamPass(parameter, gradient, factor, firstMoment, secondMoment, step);
        int n = parameter.cols();
        team.blocks(parameter.rows(), FEATURES, (from, to) -> {
            for (int row = from; row < to; row++) {
                pass.update(row * n, (row + 1) * n);
                normalizeRow(parameter, row);
            }
        });
    }

    private static int elements(Mat a) {
        return Math.toIntExact(a.size());
    }

    @Override
    public long scratchBytes() {
        return scratch.bytes() + encoder.bytes() + featureSums.bytes();
    }

    @Override
    public long encodeBytes() {
        return encoder.sieveBytes();
    }

    @Override
    public void close() {
        scratch.close();
    }
}
