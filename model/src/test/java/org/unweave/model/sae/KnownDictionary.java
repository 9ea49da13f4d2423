package org.unweave.model.sae;

import java.util.Random;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;
import org.unweave.model.train.TrainLoop;

/** Rows that are sums of a few of 24 known directions in 12 dimensions, so that what was learned can be told. */
public final class KnownDictionary {
    public static final int WIDTH = 12;
    public static final int DIRECTIONS = 24;
    public static final int ACTIVE = 3;
    private static final double SCALE = 1 / Math.sqrt(ACTIVE * 13.0 / 12); // E u^2 of u in 0.5 to 1.5 is 13 / 12

    private final double[][] directions = new double[DIRECTIONS][WIDTH];

    public KnownDictionary(long seed) {
        Random random = new Random(seed);
        for (double[] direction : directions) {
            double square = 0;
            for (int d = 0; d < WIDTH; d++) {
                direction[d] = random.nextGaussian();
                square += direction[d] * direction[d];
            }
            for (int d = 0; d < WIDTH; d++) {
                direction[d] /= Math.sqrt(square);
            }
        }
    }

    /** The batch of this number. */
    public Mat batch(int rows, long number) {
        Mat xBD = Mat.zeros(rows, WIDTH);
        var random = new Draws(3, "known dictionary", number);
        for (int row = 0; row < rows; row++) {
            int[] all = new int[DIRECTIONS];
            for (int i = 0; i < DIRECTIONS; i++) {
                all[i] = i;
            }
            float[] values = new float[WIDTH];
            for (int direction : random.sample(all, ACTIVE)) {
                double coefficient = SCALE * (0.5 + random.uniform(0, 1));
                for (int d = 0; d < WIDTH; d++) {
                    values[d] += (float) (coefficient * directions[direction][d]);
                }
            }
            xBD.setRow(row, values);
        }
        return xBD;
    }

    /** For each direction the largest cosine to a decoder row, averaged. */
    public double recovery(Mat decFD) {
        double sum = 0;
        for (double[] direction : directions) {
            double best = -1;
            for (int feature = 0; feature < decFD.rows(); feature++) {
                float[] row = decFD.copyRow(feature);
                double dot = 0;
                for (int d = 0; d < WIDTH; d++) {
                    dot += row[d] * direction[d];
                }
                best = Math.max(best, dot);
            }
            sum += best;
        }
        return sum / DIRECTIONS;
    }

    /**
     * What a run ended with.
     *
     * @param untrained the recovery after the first update, whose learning rate is 0
     * @param trained the recovery at the end
     * @param l0 on rows that were not trained on
     * @param frozenL0 that of the inference form, on the same rows
     */
    public record Outcome(double untrained, double trained, double l0, double frozenL0) {}

    /** Trains to the end of the job's run. */
    public Outcome train(SaeConfig config, Ops ops) {
        try (TrainLoop loop = new TrainLoop(config, ops)) {
            loop.step(batch(config.batchRows(), 0), false);
            double untrained = recovered(loop);
            while (!loop.done()) {
                try (Mat xBD = batch(config.batchRows(), loop.step())) {
                    loop.step(xBD, false);
                }
            }
            Mat newBD = batch(4096, -1);
            double l0 = loop.measure(newBD).l0();
            return new Outcome(untrained, recovered(loop), l0, frozenL0(loop, newBD, ops));
        }
    }

    private static double frozenL0(TrainLoop loop, Mat xBD, Ops ops) {
        try (FrozenSae frozen = loop.freeze();
                Workspace workspace = new Workspace(ops)) {
            Codes codes = new Codes(frozen.features());
            frozen.encode(xBD, workspace, codes);
            return codes.l0();
        }
    }

    private double recovered(TrainLoop loop) {
        try (FrozenSae frozen = loop.freeze()) {
            return recovery(frozen.decFD());
        }
    }
}
