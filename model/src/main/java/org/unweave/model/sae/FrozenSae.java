package org.unweave.model.sae;

import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;

/**
 * An SAE as it is used after training: in the model's own activation scale, with decoder rows of norm 1.
 *
 * <p>Immutable. A training form freezes to one of few inference forms, so an evaluation knows these and no variant.
 */
public sealed interface FrozenSae extends AutoCloseable permits ReluForm, TopKForm, JumpReluForm, GatedForm {
    /** The name by which SAELens knows the form. */
    String architecture();

    /** One row per feature. */
    Mat encFD();

    /** {@code b_enc}; of a {@link GatedForm} {@code b_mag}, which SAEBench reports in its place. */
    Mat bEnc1F();

    /** One row per feature, of norm 1. */
    Mat decFD();

    Mat bDec1D();

    /** All matrices of the form. */
    default List<Mat> weights() {
        return List.of(encFD(), bEnc1F(), decFD(), bDec1D());
    }

    /** Whether {@code b_dec} is taken from the input before it is encoded. */
    default boolean subtractsDecoderBias() {
        return true;
    }

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

    /** Fills a pick's codes from {@code (x - b_dec) W_enc^T + b_enc}. */
    default void encode(Mat xBD, Pick pick, Workspace workspace) {
        workspace.ops().encode(input(xBD, workspace), encFD(), bEnc1F(), List.of(pick));
    }

    /** What the encoder sees: {@code x - b_dec}, or x where the form does not subtract. */
    default Mat input(Mat xBD, Workspace workspace) {
        if (!subtractsDecoderBias()) {
            return xBD;
        }
        Mat centredBD = workspace.take("frozen.centred", xBD.rows(), width());
        workspace.ops().subtractRow(xBD, bDec1D(), centredBD);
        return centredBD;
    }

    /** {@code (x - b_dec) W_enc^T}, or {@code x W_enc^T} where the form does not subtract. */
    default Mat projections(Mat xBD, Workspace workspace) {
        Mat preBF = workspace.take("frozen.pre", xBD.rows(), features());
        workspace.ops().multiplyTransposed(input(xBD, workspace), encFD(), preBF);
        return preBF;
    }

    /** What decides whether a latent may be active: the projections and {@code b_enc}; of a {@link GatedForm} its gate. */
    default Mat preActivations(Mat xBD, Workspace workspace) {
        Mat preBF = projections(xBD, workspace);
        workspace.ops().addRow(preBF, bEnc1F());
        return preBF;
    }

    @Override
    default void close() {
        weights().forEach(Mat::close);
    }
}
