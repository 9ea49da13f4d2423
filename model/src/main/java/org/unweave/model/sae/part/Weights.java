package org.unweave.model.sae.part;

import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/** How weights begin. */
public final class Weights {
    private Weights() {}

    /** Decoder rows in random directions, of this norm, and encoder rows equal to them. */
    public static void tied(Params params, double norm, Draws random, Ops ops) {
        Mat decFD = params.decFD();
        float[] row = new float[decFD.cols()];
        for (int feature = 0; feature < decFD.rows(); feature++) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) random.gaussian();
            }
            decFD.setRow(feature, row);
        }
        ops.normalizeRows(decFD);
        ops.scale(decFD, (float) norm);
        params.encFD().copyFrom(decFD);
    }
}
