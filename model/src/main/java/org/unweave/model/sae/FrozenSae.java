package org.unweave.model.sae;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * An SAE as it is used after training: in the model's own activation scale, with decoder rows of norm 1.
 *
 * <p>Immutable. A training form freezes to one of few inference forms, so an evaluation knows these and no variant.
 */
public sealed interface FrozenSae extends AutoCloseable permits ReluForm, TopKForm {
    /** The name by which SAELens knows the form. */
    String architecture();

    /** One row per feature. */
    Mat encFD();

    Mat bEnc1F();

    /** One row per feature, of norm 1. */
    Mat decFD();

    Mat bDec1D();

    /** The active latents of each row. The codes hold their values. */
    void encode(Mat xBD, Workspace workspace, Codes out);

    /** D. */
    default int width() {
        return decFD().cols();
    }

    /** F. */
    default int features() {
        return decFD().rows();
    }

    /** The reconstruction of each row. */
    default void decode(Codes codes, Workspace workspace, Mat outBD) {
        workspace.ops().decode(codes, decFD(), bDec1D(), outBD);
    }

    /** {@code (x - b_dec) W_enc^T + b_enc}. */
    default Mat preActivations(Mat xBD, Workspace workspace) {
        Mat centredBD = workspace.take("frozen.centred", xBD.rows(), width());
        Mat preBF = workspace.take("frozen.pre", xBD.rows(), features());
        workspace.ops().subtractRow(xBD, bDec1D(), centredBD);
        workspace.ops().multiplyTransposed(centredBD, encFD(), preBF);
        workspace.ops().addRow(preBF, bEnc1F());
        return preBF;
    }

    @Override
    default void close() {
        encFD().close();
        bEnc1F().close();
        decFD().close();
        bDec1D().close();
    }
}
