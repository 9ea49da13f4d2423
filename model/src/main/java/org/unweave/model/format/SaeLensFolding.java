package org.unweave.model.format;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.TensorFile.Tensor;
import org.unweave.model.checkpoint.TensorFile.Type;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GatedForm;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/**
 * Makes a form of SAELens's weights, which may have decoder rows of any norm and may encode the input without b_dec.
 *
 * @param tensors as they lie in the file
 * @param matrices by SAELens's names, W_enc with one row per feature; they are changed and go over into the form
 */
record SaeLensFolding(Path file, SaeLensConfig config, Map<String, Tensor> tensors, Map<String, Mat> matrices) {
    // What scales with a latent's value. r_mag does not: it is the logarithm of a ratio.
    private static final List<String> SCALING = List.of("b_enc", "b_gate", "b_mag", "threshold");

    FrozenSae form() {
        makeRowsUnit();
        Mat encFD = matrix("W_enc");
        Mat decFD = matrix("W_dec");
        Mat bDec1D = matrix("b_dec");
        return switch (config.architecture()) {
            case STANDARD -> {
                if (config.subtractsDecoderBias()) {
                    yield new ReluForm(encFD, matrix("b_enc"), decFD, bDec1D);
                }
                // A threshold of 0 changes nothing, and this form may leave b_dec out.
                Mat threshold1F = Mat.zeros(1, config.features());
                yield new JumpReluForm(threshold1F, false, encFD, matrix("b_enc"), decFD, bDec1D);
            }
            case JUMPRELU ->
                new JumpReluForm(
                        matrix("threshold"), config.subtractsDecoderBias(), encFD, matrix("b_enc"), decFD, bDec1D);
            case TOPK -> {
                if (!config.subtractsDecoderBias()) {
                    addProjection(matrix("b_enc"), null);
                }
                yield new TopKForm(config.k(), encFD, matrix("b_enc"), decFD, bDec1D);
            }
            case GATED -> {
                if (!config.subtractsDecoderBias()) {
                    addProjection(matrix("b_gate"), null);
                    addProjection(matrix("b_mag"), matrix("r_mag"));
                }
                yield new GatedForm(encFD, matrix("b_gate"), matrix("b_mag"), matrix("r_mag"), decFD, bDec1D);
            }
        };
    }

    private Mat matrix(String name) {
        Mat mat = matrices.get(name);
        if (mat == null) {
            throw new IllegalStateException(name + " of " + file);
        }
        return mat;
    }

    /** Divides decoder rows by their norms and multiplies the latents by them, so that every reconstruction stays. */
    private void makeRowsUnit() {
        Tensor rows = tensors.get("W_dec");
        double tolerance = tolerance(rows == null ? Type.F32 : rows.type());
        for (int feature = 0; feature < config.features(); feature++) {
            double norm = norm(matrix("W_dec").copyRow(feature));
            if (Math.abs(norm - 1) <= tolerance) {
                continue;
            }
            requireScalable(feature, norm);
            if (norm > 0) {
                scaleRow(matrix("W_dec"), feature, 1 / norm);
                scaleLatent(feature, norm);
            }
        }
    }

    /** How far rounding may have put the norm of a unit row; SAEBench's bars for float32 and bfloat16. */
    private static double tolerance(Type type) {
        return switch (type) {
            case F32, F64, I64, U8 -> 1e-5;
            case F16 -> 2e-3;
            case BF16 -> 1e-2;
        };
    }

    private void requireScalable(int feature, double norm) {
        if (config.architecture() != SaeLensArchitecture.TOPK) {
            return;
        }
        String row = file + ": row " + feature + " of W_dec has norm " + norm;
        if (config.ranksByDecoderNorm() && norm == 0) {
            throw new CheckpointException(row + ", by which SAELens divides; use another checkpoint");
        }
        if (!config.ranksByDecoderNorm() && norm > 0) {
            throw new CheckpointException(
                    row + ", and latents that are ranked without it cannot be made latents of unit"
                            + " rows; use an SAE with unit rows, or one with rescale_acts_by_decoder_norm");
        }
    }

    private void scaleLatent(int feature, double factor) {
        scaleRow(matrix("W_enc"), feature, factor);
        for (String name : SCALING) {
            Mat vector = matrices.get(name);
            if (vector != null) {
                vector.set(0, feature, (float) (vector.get(0, feature) * factor));
            }
        }
    }

    private static void scaleRow(Mat mat, int row, double factor) {
        float[] values = mat.copyRow(row);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factor);
        }
        mat.setRow(row, values);
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }

    /** Adds {@code b_dec W_enc^T}, times {@code exp(scale)}, so that the form's own subtraction of b_dec is undone. */
    private void addProjection(Mat bias1F, @Nullable Mat logScale1F) {
        float[] bDec = matrix("b_dec").copyRow(0);
        for (int feature = 0; feature < config.features(); feature++) {
            float[] row = matrix("W_enc").copyRow(feature);
            double sum = 0;
            for (int i = 0; i < row.length; i++) {
                sum += (double) row[i] * bDec[i];
            }
            double scale = logScale1F == null ? 1 : StrictMath.exp(logScale1F.get(0, feature));
            bias1F.set(0, feature, (float) (bias1F.get(0, feature) + scale * sum));
        }
    }
}
