package org.unweave.model.math;

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

    /** {@code out = codes dec + bias}, each row; without a bias if that is null. */
    void decode(Codes codes, Mat decFD, @Nullable Mat bias1D, Mat outBD);

    /** For each entry j: {@code out[j] += grad[row of j] . dec[feature of j]}. */
    void addCodeGradients(Codes codes, Mat gradBD, Mat decFD, float[] out);

    /** For each entry j: {@code out[feature of j] += coefficient[j] rows[row of j]}, in order of the rows. */
    void addFeatureRows(Codes codes, float[] coefficient, Mat rowsBD, Mat outFD);

    /** For each entry j: {@code out[feature of j] += coefficient[j]}, in order of the rows. */
    void addFeatureSums(Codes codes, float[] coefficient, Mat out1F);

    /** Takes from each row of grad its part along the same row of dec; nothing along a row of zeros. */
    void removeParallel(Mat gradFD, Mat decFD);

    /** Divides each row by its norm; a row of zeros stays. */
    void normalizeRows(Mat aFD);

    /** One Adam update of a parameter, its gradient first multiplied by {@code gradientFactor}. */
    void adam(Mat parameter, Mat gradient, float gradientFactor, Mat firstMoment, Mat secondMoment, AdamStep step);

    /**
     * The numbers of one Adam update.
     *
     * @param count updates so far, this one included; the bias corrections follow from it
     */
    record AdamStep(float learningRate, float beta1, float beta2, float epsilon, long count) {}

    @Override
    void close();
}
