package org.unweave.model.sae.part;

import java.util.function.DoubleSupplier;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/** How weights begin. */
public final class Weights {
    private Weights() {}

    /** Decoder rows in uniformly random directions, of this norm, and encoder rows equal to them. */
    public static void tied(Params params, double norm, Draws random, Ops ops) {
        tied(params, norm, random::gaussian, ops);
    }

    /**
     * As {@link #tied}, the directions those of points of a cube, which lean towards its corners: what is left of PyTorch's
     * {@code kaiming_uniform_} once rows are divided by their norm.
     */
    public static void tiedFromCube(Params params, Draws random, Ops ops) {
        tied(params, 1, () -> random.uniform(-1, 1), ops);
    }

    private static void tied(Params params, double norm, DoubleSupplier element, Ops ops) {
        Mat decFD = params.decFD();
        float[] row = new float[decFD.cols()];
        for (int feature = 0; feature < decFD.rows(); feature++) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) element.getAsDouble();
            }
            decFD.setRow(feature, row);
        }
        ops.normalizeRows(decFD);
        ops.scale(decFD, (float) norm);
        params.encFD().copyFrom(decFD);
    }

    /** A bias drawn uniformly from {@code -limit} to {@code limit}. */
    public static void uniform(Mat bias1N, double limit, Draws random) {
        float[] values = new float[bias1N.cols()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.uniform(-limit, limit);
        }
        bias1N.set(values);
    }
}
