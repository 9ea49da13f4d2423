package org.unweave.model.math;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernels of a sparse autoencoder's step. Each call ends before it returns.
 *
 * <p>A result depends on the arguments and the backend only: not on timing, and not on the number of threads. Shapes
 * that do not fit are refused with {@link IllegalArgumentException}. An output must not share memory with an input
 * unless the method says so. One caller at a time.
 */
public interface Ops extends AutoCloseable {

    /** {@code out = a b^T}. */
    void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN);

    /** {@code out = a b}. */
    void multiply(Mat aMK, Mat bKN, Mat outMN);

    /** {@code out = a^T b}. */
    void multiplyLeftTransposed(Mat aKM, Mat bKN, Mat outMN);

    /** {@code out = a - row}, the row taken from each of a's; {@code out} may be {@code a}. */
    void subtractRow(Mat aMN, Mat row1N, Mat outMN);

    /** {@code a += row}, the row added to each of a's. */
    void addRow(Mat aMN, Mat row1N);

    /** {@code out = a - b}; {@code out} may be either. */
    void subtract(Mat a, Mat b, Mat out);

    /** {@code y += factor x}. */
    void addScaled(float factor, Mat x, Mat y);

    /** {@code a *= factor}. */
    void scale(Mat a, float factor);

    /** {@code out += factor * (the sum of a's rows)}. */
    void addColumnSums(float factor, Mat aMN, Mat out1N);

    /** The sum of the squares of all elements, in double. NaN or infinite if an element is. */
    double sumOfSquares(Mat a);

    /** The k largest positive elements of each row; of equal ones the lower feature. A row may have fewer. */
    void selectTopK(Mat preBF, int k, Codes out);

    /** As {@link #selectTopK}, among the given features only, which rise. */
    void selectTopKAmong(Mat preBF, int[] features, int k, Codes out);

    /** All positive elements of each row. */
    void selectPositive(Mat preBF, Codes out);

    /** The {@code count} largest positive elements of all; of equal ones the lower row, then the lower feature. */
    void selectBatchTopK(Mat preBF, int count, Codes out);

    /** All elements above the bound of their column. */
    void selectAbove(Mat preBF, Mat bound1F, Codes out);

    /**
     * Fills the codes of each pick from the pre-activations {@code centred enc^T + bias}, which are not kept. A backend may
     * leave codes without entries that would go beyond their limit, see {@link Codes#limit}.
     */
    default void encode(Mat centredBD, Mat encFD, Mat bias1F, List<Pick> picks) {
        try (Mat preBF = Mat.zeros(centredBD.rows(), encFD.rows())) {
            multiplyTransposed(centredBD, encFD, preBF);
            addRow(preBF, bias1F);
            for (Pick pick : picks) {
                select(preBF, pick);
            }
        }
    }

    /** Fills the codes of a pick from pre-activations. */
    default void select(Mat preBF, Pick pick) {
        switch (pick) {
            case Pick.TopK(int k, Codes out) -> selectTopK(preBF, k, out);
            case Pick.TopKAmong(FeatureSet features, int k, Codes out) ->
                selectTopKAmong(preBF, features.array(), k, out);
            case Pick.BatchTopK(int count, Codes out) -> selectBatchTopK(preBF, count, out);
            case Pick.Positive(Codes out) -> selectPositive(preBF, out);
            case Pick.Above(Mat bound1F, Codes out) -> selectAbove(preBF, bound1F, out);
        }
    }

    /** {@code out = codes dec + bias}, each row; without a bias if that is null. */
    void decode(Codes codes, Mat decFD, @Nullable Mat bias1D, Mat outBD);

    /** {@code out += codes dec}, each row. */
    default void addDecoded(Codes codes, Mat decFD, Mat outBD) {
        try (Mat decodedBD = Mat.zeros(outBD.rows(), outBD.cols())) {
            decode(codes, decFD, null, decodedBD);
            addScaled(1f, decodedBD, outBD);
        }
    }

    /**
     * {@code error = x - (codes dec + bias)}, each row. The product of each entry's decoder row with its row's error is left
     * in the codes, see {@link Codes#errorProducts}.
     */
    default void decodeError(Codes codes, Mat decFD, Mat bias1D, Mat xBD, Mat errorBD) {
        decode(codes, decFD, bias1D, errorBD);
        subtract(xBD, errorBD, errorBD);
        addCodeGradients(codes, errorBD, decFD, codes.beginErrorProducts());
    }

    /** For each entry j: {@code out[j] += grad[row of j] . dec[feature of j]}. */
    void addCodeGradients(Codes codes, Mat gradBD, Mat decFD, float[] out);

    /** For each entry j: {@code out[feature of j] += factor coefficient[j] rows[row of j]}, in order of the rows. */
    void addFeatureRows(FeatureRows part, Mat outFD);

    /** For each entry j: {@code out[feature of j] += coefficient[j]}, in order of the rows. */
    void addFeatureSums(Codes codes, float[] coefficient, Mat out1F);

    /**
     * {@code out} = the sum of the parts, without what each row has along the same row of {@code along}, if that is given.
     *
     * @return the sum of the squares of what is written, in double
     */
    default double featureRows(List<FeatureRows> parts, @Nullable Mat alongFD, Mat outFD) {
        outFD.fill(0);
        for (FeatureRows part : parts) {
            addFeatureRows(part, outFD);
        }
        return finishRows(alongFD, outFD);
    }

    /**
     * Takes from each row of {@code out} what it has along the same row of {@code along}, if that is given.
     *
     * @return the sum of the squares of what is left, in double
     */
    default double finishRows(@Nullable Mat alongFD, Mat outFD) {
        if (alongFD != null) {
            removeParallel(outFD, alongFD);
        }
        return sumOfSquares(outFD);
    }

    /** Takes from each row of grad its part along the same row of dec; nothing along a row of zeros. */
    void removeParallel(Mat gradFD, Mat decFD);

    /** The norm of each row. */
    void rowNorms(Mat aFD, Mat out1F);

    /** Divides each row by its norm; a row of zeros stays. */
    void normalizeRows(Mat aFD);

    /** One Adam update of a parameter, its gradient first multiplied by {@code gradientFactor}. */
    void adam(Mat parameter, Mat gradient, float gradientFactor, Mat firstMoment, Mat secondMoment, AdamStep step);

    /** As {@link #adam}, after which each row of the parameter is divided by its norm. */
    default void adamUnitRows(
            Mat parameter, Mat gradient, float gradientFactor, Mat firstMoment, Mat secondMoment, AdamStep step) {
        adam(parameter, gradient, gradientFactor, firstMoment, secondMoment, step);
        normalizeRows(parameter);
    }

    /**
     * The numbers of one Adam update.
     *
     * @param count updates so far, this one included; the bias corrections follow from it
     */
    record AdamStep(float learningRate, float beta1, float beta2, float epsilon, long count) {}

    /** What the backend holds of its own between calls. */
    default long scratchBytes() {
        return 0;
    }

    /** What the last {@link #encode} held until it returned, beside its codes and {@link #scratchBytes}. */
    default long encodeBytes() {
        return 0;
    }

    @Override
    void close();
}
