package org.unweave.model.math;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The portable kernels, written in ND4J's own operations, so that they run on any backend it has.
 *
 * <p>Codes are spread out to dense matrices, which is the way of a GPU without sparse kernels. Selection is done on the
 * host, since ND4J's own is far slower. Only the CPU backend of ND4J was ever run.
 */
public final class Nd4jOps implements Ops {
    private final Team team = new Team(1);
    private final SimdOps host = new SimdOps(team);

    @Override
    public void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        aMK.array().mmuli(bNK.array().transpose(), outMN.array());
    }

    @Override
    public void multiply(Mat aMK, Mat bKN, Mat outMN) {
        Shapes.multiply(aMK, false, bKN, false, outMN);
        aMK.array().mmuli(bKN.array(), outMN.array());
    }

    @Override
    public void multiplyLeftTransposed(Mat aKM, Mat bKN, Mat outMN) {
        Shapes.multiply(aKM, true, bKN, false, outMN);
        aKM.array().transpose().mmuli(bKN.array(), outMN.array());
    }

    @Override
    public void subtractRow(Mat aMN, Mat row1N, Mat outMN) {
        Shapes.row(aMN, row1N);
        Shapes.same(aMN, outMN);
        outMN.array().assign(aMN.array().subRowVector(row1N.array()));
    }

    @Override
    public void addRow(Mat aMN, Mat row1N) {
        Shapes.row(aMN, row1N);
        aMN.array().addiRowVector(row1N.array());
    }

    @Override
    public void subtract(Mat a, Mat b, Mat out) {
        Shapes.same(a, b);
        Shapes.same(a, out);
        a.array().subi(b.array(), out.array());
    }

    @Override
    public void addScaled(float factor, Mat x, Mat y) {
        Shapes.same(x, y);
        y.array().addi(x.array().mul(factor));
    }

    @Override
    public void scale(Mat a, float factor) {
        a.array().muli(factor);
    }

    @Override
    public void addColumnSums(float factor, Mat aMN, Mat out1N) {
        Shapes.row(aMN, out1N);
        out1N.array().addi(aMN.array().sum(true, 0).mul(factor));
    }

    @Override
    public double sumOfSquares(Mat a) {
        INDArray array = a.array();
        return array.mul(array).sumNumber().doubleValue();
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
        spread(codes, codes.value()).mmuli(decFD.array(), outBD.array());
        if (bias1D != null) {
            outBD.array().addiRowVector(bias1D.array());
        }
    }

    @Override
    public void addCodeGradients(Codes codes, Mat gradBD, Mat decFD, float[] out) {
        Shapes.decode(codes, decFD, null, gradBD);
        Shapes.entries(codes, out);
        INDArray productBF = gradBD.array().mmul(decFD.array().transpose());
        for (int row = 0; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                out[j] += productBF.getFloat(row, codes.feature()[j]);
            }
        }
    }

    @Override
    public void addFeatureRows(FeatureRows part, Mat outFD) {
        Shapes.decode(part.codes(), outFD, null, part.rowsBD());
        INDArray partFD = spread(part.codes(), part.coefficient())
                .transpose()
                .mmul(part.rowsBD().array());
        outFD.array().addi(partFD.muli(part.factor()));
    }

    @Override
    public void addFeatureSums(Codes codes, float[] coefficient, Mat out1F) {
        out1F.requireShape(1, codes.features());
        Shapes.entries(codes, coefficient);
        out1F.array().addi(spread(codes, coefficient).sum(true, 0));
    }

    private static INDArray spread(Codes codes, float[] coefficient) {
        float[] dense = new float[Math.multiplyExact(codes.rows(), codes.features())];
        for (int row = 0; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                dense[row * codes.features() + codes.feature()[j]] = coefficient[j];
            }
        }
        return Nd4j.create(dense, new long[] {codes.rows(), codes.features()}, 'c');
    }

    @Override
    public void removeParallel(Mat gradFD, Mat decFD) {
        Shapes.same(gradFD, decFD);
        INDArray along = gradFD.array().mul(decFD.array()).sum(true, 1);
        INDArray squares = onesForZeros(decFD.array().mul(decFD.array()).sum(true, 1));
        gradFD.array().subi(decFD.array().mulColumnVector(along.divi(squares)));
    }

    @Override
    public void rowNorms(Mat aFD, Mat out1F) {
        out1F.requireShape(1, aFD.rows());
        INDArray array = aFD.array();
        out1F.array()
                .assign(Transforms.sqrt(array.mul(array).sum(true, 1), false).transpose());
    }

    @Override
    public void normalizeRows(Mat aFD) {
        INDArray array = aFD.array();
        INDArray squares = onesForZeros(array.mul(array).sum(true, 1));
        array.diviColumnVector(Transforms.sqrt(squares, false));
    }

    // A row of zeros is to stay as it is, not to become NaN.
    private static INDArray onesForZeros(INDArray squares) {
        for (int row = 0; row < squares.rows(); row++) {
            if (squares.getFloat(row, 0) == 0) {
                squares.putScalar(row, 0, 1f);
            }
        }
        return squares;
    }

    @Override
    public void adam(Mat parameter, Mat gradient, float factor, Mat firstMoment, Mat secondMoment, AdamStep step) {
        Shapes.same(parameter, gradient);
        Shapes.same(parameter, firstMoment);
        Shapes.same(parameter, secondMoment);
        AdamPass.Rates rates = AdamPass.Rates.of(step);
        INDArray grad = gradient.array().mul(factor);
        INDArray first = firstMoment.array();
        INDArray second = secondMoment.array();
        first.muli(step.beta1()).addi(grad.mul(1 - step.beta1()));
        second.muli(step.beta2()).addi(grad.muli(grad).muli(1 - step.beta2()));
        INDArray root = Transforms.sqrt(second, true);
        root.muli(rates.root()).addi(step.epsilon());
        parameter.array().subi(first.mul(rates.rate()).divi(root));
    }

    @Override
    public void close() {
        host.close();
        team.close();
    }
}
