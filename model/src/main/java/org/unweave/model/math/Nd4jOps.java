package org.unweave.model.math;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The portable kernels, written in ND4J's own operations, so that they run on any backend it has.
 *
 * <p>Codes are spread out to dense matrices, which is the way of a GPU without sparse kernels. Selection is done on the
 * host, since ND4J's own is far slower. Between two kernels all elements are in the matrices' memory, which is the host's;
 * a backend with memory of its own has them copied. Only the CPU backend of ND4J was ever run.
 */
public final class Nd4jOps implements Ops {
    private final Nd4jArrays.Place place;
    private final Team team = new Team(1);
    private final SimdOps host = new SimdOps(team);

    private Nd4jOps(Nd4jArrays.Place place) {
        this.place = place;
    }

    /** On a backend whose arrays are in the machine's own memory, as ND4J's for the CPU. */
    public static Nd4jOps sharing() {
        return new Nd4jOps(Nd4jArrays.Place.SHARED);
    }

    /** On any backend; matrices are copied for each kernel. */
    public static Nd4jOps copying() {
        return new Nd4jOps(Nd4jArrays.Place.COPIED);
    }

    private Nd4jArrays arrays() {
        return new Nd4jArrays(place);
    }

    @Override
    public void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        try (Nd4jArrays arrays = arrays()) {
            arrays.of(aMK).mmuli(arrays.of(bNK).transpose(), arrays.into(outMN));
        }
    }

    @Override
    public void multiply(Mat aMK, Mat bKN, Mat outMN) {
        Shapes.multiply(aMK, false, bKN, false, outMN);
        try (Nd4jArrays arrays = arrays()) {
            arrays.of(aMK).mmuli(arrays.of(bKN), arrays.into(outMN));
        }
    }

    @Override
    public void multiplyLeftTransposed(Mat aKM, Mat bKN, Mat outMN) {
        Shapes.multiply(aKM, true, bKN, false, outMN);
        try (Nd4jArrays arrays = arrays()) {
            arrays.of(aKM).transpose().mmuli(arrays.of(bKN), arrays.into(outMN));
        }
    }

    @Override
    public void subtractRow(Mat aMN, Mat row1N, Mat outMN) {
        Shapes.row(aMN, row1N);
        Shapes.same(aMN, outMN);
        try (Nd4jArrays arrays = arrays()) {
            INDArray difference = arrays.keep(arrays.of(aMN).subRowVector(arrays.of(row1N)));
            arrays.into(outMN).assign(difference);
        }
    }

    @Override
    public void addRow(Mat aMN, Mat row1N) {
        Shapes.row(aMN, row1N);
        try (Nd4jArrays arrays = arrays()) {
            arrays.changing(aMN).addiRowVector(arrays.of(row1N));
        }
    }

    @Override
    public void subtract(Mat a, Mat b, Mat out) {
        Shapes.same(a, b);
        Shapes.same(a, out);
        try (Nd4jArrays arrays = arrays()) {
            arrays.of(a).subi(arrays.of(b), arrays.into(out));
        }
    }

    @Override
    public void addScaled(float factor, Mat x, Mat y) {
        Shapes.same(x, y);
        try (Nd4jArrays arrays = arrays()) {
            arrays.changing(y).addi(arrays.keep(arrays.of(x).mul(factor)));
        }
    }

    @Override
    public void scale(Mat a, float factor) {
        try (Nd4jArrays arrays = arrays()) {
            arrays.changing(a).muli(factor);
        }
    }

    @Override
    public void addColumnSums(float factor, Mat aMN, Mat out1N) {
        Shapes.row(aMN, out1N);
        try (Nd4jArrays arrays = arrays()) {
            INDArray sums1N = arrays.keep(arrays.of(aMN).sum(true, 0));
            arrays.changing(out1N).addi(sums1N.muli(factor));
        }
    }

    @Override
    public double sumOfSquares(Mat a) {
        try (Nd4jArrays arrays = arrays()) {
            INDArray array = arrays.of(a);
            return arrays.keep(array.mul(array)).sumNumber().doubleValue();
        }
    }

    @Override
    public void selectTopK(Mat preBF, int k, Codes out) {
        host.selectTopK(preBF, k, out);
    }

    @Override
    public void selectTopKAmong(Mat preBF, int[] features, int k, Codes out) {
        host.selectTopKAmong(preBF, features, k, out);
    }

    @Override
    public void selectPositive(Mat preBF, Codes out) {
        host.selectPositive(preBF, out);
    }

    @Override
    public void selectBatchTopK(Mat preBF, int count, Codes out) {
        host.selectBatchTopK(preBF, count, out);
    }

    @Override
    public void selectAbove(Mat preBF, Mat bound1F, Codes out) {
        host.selectAbove(preBF, bound1F, out);
    }

    @Override
    public void decode(Codes codes, Mat decFD, @Nullable Mat bias1D, Mat outBD) {
        Shapes.decode(codes, decFD, bias1D, outBD);
        try (Nd4jArrays arrays = arrays()) {
            INDArray decodedBD = arrays.into(outBD);
            spread(codes, codes.value(), arrays).mmuli(arrays.of(decFD), decodedBD);
            if (bias1D != null) {
                decodedBD.addiRowVector(arrays.of(bias1D));
            }
        }
    }

    @Override
    public void addCodeGradients(Codes codes, Mat gradBD, Mat decFD, float[] out) {
        Shapes.decode(codes, decFD, null, gradBD);
        Shapes.entries(codes, out);
        float[] productBF;
        try (Nd4jArrays arrays = arrays()) {
            productBF = arrays.values(
                    arrays.keep(arrays.of(gradBD).mmul(arrays.of(decFD).transpose())));
        }
        for (int row = 0; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                out[j] += productBF[row * codes.features() + codes.feature()[j]];
            }
        }
    }

    @Override
    public void addFeatureRows(FeatureRows part, Mat outFD) {
        Shapes.decode(part.codes(), outFD, null, part.rowsBD());
        try (Nd4jArrays arrays = arrays()) {
            INDArray spreadFB = spread(part.codes(), part.coefficient(), arrays).transpose();
            INDArray partFD = arrays.keep(spreadFB.mmul(arrays.of(part.rowsBD())));
            arrays.changing(outFD).addi(partFD.muli(part.factor()));
        }
    }

    @Override
    public void addFeatureSums(Codes codes, float[] coefficient, Mat out1F) {
        out1F.requireShape(1, codes.features());
        Shapes.entries(codes, coefficient);
        try (Nd4jArrays arrays = arrays()) {
            INDArray spreadBF = spread(codes, coefficient, arrays);
            arrays.changing(out1F).addi(arrays.keep(spreadBF.sum(true, 0)));
        }
    }

    private static INDArray spread(Codes codes, float[] coefficient, Nd4jArrays arrays) {
        float[] denseBF = new float[Math.multiplyExact(codes.rows(), codes.features())];
        for (int row = 0; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                denseBF[row * codes.features() + codes.feature()[j]] = coefficient[j];
            }
        }
        return arrays.keep(Nd4j.create(denseBF, new long[] {codes.rows(), codes.features()}, 'c'));
    }

    @Override
    public void removeParallel(Mat gradFD, Mat decFD) {
        Shapes.same(gradFD, decFD);
        try (Nd4jArrays arrays = arrays()) {
            INDArray grad = arrays.changing(gradFD);
            INDArray dec = arrays.of(decFD);
            INDArray along = arrays.keep(arrays.keep(grad.mul(dec)).sum(true, 1));
            along.divi(onesForZeros(squares(dec, arrays), arrays));
            grad.subi(arrays.keep(dec.mulColumnVector(along)));
        }
    }

    @Override
    public void rowNorms(Mat aFD, Mat out1F) {
        out1F.requireShape(1, aFD.rows());
        try (Nd4jArrays arrays = arrays()) {
            INDArray squares = squares(arrays.of(aFD), arrays);
            arrays.into(out1F).assign(Transforms.sqrt(squares, false).transpose());
        }
    }

    @Override
    public void normalizeRows(Mat aFD) {
        try (Nd4jArrays arrays = arrays()) {
            INDArray array = arrays.changing(aFD);
            INDArray squares = onesForZeros(squares(array, arrays), arrays);
            array.diviColumnVector(Transforms.sqrt(squares, false));
        }
    }

    private static INDArray squares(INDArray array, Nd4jArrays arrays) {
        return arrays.keep(arrays.keep(array.mul(array)).sum(true, 1));
    }

    // A row of zeros is to stay as it is, not to become NaN.
    private static INDArray onesForZeros(INDArray squares, Nd4jArrays arrays) {
        INDArray zeros = arrays.keep(squares.eq(0));
        return squares.addi(arrays.keep(zeros.castTo(DataType.FLOAT)));
    }

    @Override
    public void adam(Mat parameter, Mat gradient, float factor, Mat firstMoment, Mat secondMoment, AdamStep step) {
        Shapes.same(parameter, gradient);
        Shapes.same(parameter, firstMoment);
        Shapes.same(parameter, secondMoment);
        AdamPass.Rates rates = AdamPass.Rates.of(step);
        try (Nd4jArrays arrays = arrays()) {
            INDArray grad = arrays.keep(arrays.of(gradient).mul(factor));
            INDArray first = arrays.changing(firstMoment);
            INDArray second = arrays.changing(secondMoment);
            first.muli(step.beta1()).addi(arrays.keep(grad.mul(1 - step.beta1())));
            second.muli(step.beta2()).addi(grad.muli(grad).muli(1 - step.beta2()));
            INDArray root = arrays.keep(Transforms.sqrt(second, true));
            root.muli(rates.root()).addi(step.epsilon());
            arrays.changing(parameter).subi(arrays.keep(first.mul(rates.rate())).divi(root));
        }
    }

    @Override
    public void close() {
        host.close();
        team.close();
    }
}
