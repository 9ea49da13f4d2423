package org.unweave.eval;

import java.lang.foreign.MemorySegment;
import org.unweave.model.math.Mat;

/** What is said of rows and their reconstructions, batch by batch; sums in double. */
final class ReconstructionStatistics {
    // As the reference has it, so that a row of zeros does not give an infinite ratio.
    private static final double LEAST_NORM = 1e-4;

    private final int width;
    private final double[] totalSum;
    private final double[] batchMeanSum;
    private final float[] x;
    private final float[] reconstruction;

    private long rows;
    private int batches;
    private double errorSquares;
    private double inputSquares;
    private double normIn;
    private double normOut;
    private double ratio;
    private double cosine;
    private double legacy;
    /** Sum over batches of the mean squared error of a row. */
    private double perBatchError;

    private double batchSquareMean;
    private double batchBias;

    ReconstructionStatistics(int width) {
        this.width = width;
        this.totalSum = new double[width];
        this.batchMeanSum = new double[width];
        this.x = new float[width];
        this.reconstruction = new float[width];
    }

    /** Adds the rows of one batch; none may be empty. */
    void addBatch(Mat xBD, Mat reconstructionBD) {
        int count = xBD.rows();
        double[] mean = new double[width];
        for (int b = 0; b < count; b++) {
            read(xBD, b, x);
            for (int i = 0; i < width; i++) {
                mean[i] += x[i];
            }
        }
        for (int i = 0; i < width; i++) {
            totalSum[i] += mean[i];
            mean[i] /= count;
            batchMeanSum[i] += mean[i];
        }
        double batchError = 0;
        double batchIn = 0;
        double batchOut = 0;
        double batchProduct = 0;
        for (int b = 0; b < count; b++) {
            read(xBD, b, x);
            read(reconstructionBD, b, reconstruction);
            double in = 0;
            double out = 0;
            double product = 0;
            double error = 0;
            double fromMean = 0;
            for (int i = 0; i < width; i++) {
                double difference = (double) x[i] - reconstruction[i];
                double centred = x[i] - mean[i];
                in += (double) x[i] * x[i];
                out += (double) reconstruction[i] * reconstruction[i];
                product += (double) x[i] * reconstruction[i];
                error += difference * difference;
                fromMean += centred * centred;
            }
            double inNorm = Math.sqrt(in);
            double outNorm = Math.sqrt(out);
            normIn += inNorm;
            normOut += outNorm;
            ratio += outNorm / (inNorm < LEAST_NORM ? 1 : inNorm);
            cosine += product / (inNorm * outNorm);
            legacy += 1 - error / fromMean;
            batchError += error;
            batchIn += in;
            batchOut += out;
            batchProduct += product;
        }
        rows += count;
        batches++;
        errorSquares += batchError;
        inputSquares += batchIn;
        perBatchError += batchError / count;
        batchSquareMean += batchIn / count;
        batchBias += batchOut / batchProduct;
    }

    private static void read(Mat rows, int row, float[] out) {
        MemorySegment.copy(rows.memory(), Mat.FLOAT, (long) row * out.length * Float.BYTES, out, 0, out.length);
    }

    long rows() {
        return rows;
    }

    double normIn() {
        return normIn / rows;
    }

    double normOut() {
        return normOut / rows;
    }

    double ratio() {
        return ratio / rows;
    }

    /** Mean over batches of {@code E|r|^2 / E(x.r)}: below 1 where reconstructions are shrunk. */
    double relativeBias() {
        return batchBias / batches;
    }

    /** NaN if any reconstruction is zero. */
    double cosine() {
        return cosine / rows;
    }

    /** The reference divides each row's squared error by the number of its batch's rows, and then takes the mean. */
    double meanSquaredError() {
        return perBatchError / rows;
    }

    double explainedVarianceLegacy() {
        return legacy / rows;
    }

    /**
     * The reference's formula as it stands, kept under its key for comparison: it subtracts the square of a mean over
     * batches and coordinates of the squares, not the squares of the means.
     */
    double explainedVarianceAsPublished() {
        double squares = batchSquareMean / batches;
        double perCoordinate = squares / width;
        return 1 - perBatchError / batches / (squares - perCoordinate * perCoordinate);
    }

    /** The same with the squares of the coordinates' means subtracted, each batch weighing the same. */
    double explainedVarianceCorrected() {
        double meanSquare = 0;
        for (double sum : batchMeanSum) {
            meanSquare += (sum / batches) * (sum / batches);
        }
        return 1 - perBatchError / batches / (batchSquareMean / batches - meanSquare);
    }

    /** {@code 1 - sum |e|^2 / sum |x - mean|^2} over all rows. */
    double varianceExplained() {
        double meanSquare = 0;
        for (double sum : totalSum) {
            meanSquare += (sum / rows) * (sum / rows);
        }
        return 1 - errorSquares / (inputSquares - rows * meanSquare);
    }
}
