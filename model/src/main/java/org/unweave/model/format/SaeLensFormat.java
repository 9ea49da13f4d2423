package org.unweave.model.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.TensorFile;
import org.unweave.model.checkpoint.TensorFile.Content;
import org.unweave.model.checkpoint.TensorFile.Tensor;
import org.unweave.model.file.Durable;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GatedForm;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/**
 * SAELens's folder of an SAE, in the layout of its versions from 6 on: {@code cfg.json}, {@code sae_weights.safetensors},
 * and {@code sparsity.safetensors} where the latents' firing frequencies are known.
 *
 * <p>What one of the two cannot say is refused with the reason, never written or read approximately.
 */
public final class SaeLensFormat {
    private static final String WEIGHTS = "sae_weights.safetensors";
    private static final String SPARSITY = "sparsity.safetensors";
    private static final String CHECK = "check.safetensors";
    private static final Set<String> FILES = Set.of(SaeLensConfig.FILE, WEIGHTS, SPARSITY, CHECK);
    private static final String ENCODER = "W_enc";
    private static final double LEAST_FREQUENCY = 1e-10; // sae_trainer.py: added before the logarithm

    private SaeLensFormat() {}

    /** Why SAELens cannot say what an SAE does; empty where it can. Each form is decided here. */
    static Optional<String> refusal(FrozenSae sae) {
        Optional<String> ofForm = switch (sae) {
            case ReluForm relu -> Optional.empty();
            case JumpReluForm jumpRelu -> Optional.empty();
            case GatedForm gated -> Optional.empty();
            case TopKForm topK ->
                topK.k() < 1 || topK.k() > topK.features()
                        ? Optional.of("it keeps " + topK.k() + " of " + topK.features()
                                + " latents, and SAELens keeps 1 to all of them")
                        : Optional.empty();
        };
        if (ofForm.isPresent()) {
            return ofForm;
        }
        return SaeLensArchitecture.matrices(sae).entrySet().stream()
                .filter(entry -> !finite(entry.getValue()))
                .map(entry -> entry.getKey() + " holds values that are not finite; take an earlier checkpoint")
                .findFirst();
    }

    /**
     * Writes a folder, whole or not at all.
     *
     * @param replace whether an export that lies there is replaced
     */
    public static void write(Path folder, Export export, boolean replace) {
        FrozenSae sae = export.sae();
        refusal(sae).ifPresent(reason -> {
            throw new CheckpointException("the SAE cannot be written in SAELens's format: " + reason);
        });
        new ExportFolder(folder, FILES, SaeLensConfig::isOurs).write(replace, aside -> {
            try (Mat encDF = transposed(sae.encFD())) {
                Map<String, Mat> matrices = SaeLensArchitecture.matrices(sae);
                matrices.put(ENCODER, encDF);
                TensorFile.write(aside.resolve(WEIGHTS), contents(matrices, sae));
            }
            if (!export.firingFrequencies().isEmpty()) {
                try (Mat sparsity = sparsity(export.firingFrequencies())) {
                    TensorFile.write(aside.resolve(SPARSITY), List.of(Content.vector("sparsity", sparsity)));
                }
            }
            CheckRows check = export.check();
            if (check != null) {
                TensorFile.write(
                        aside.resolve(CHECK),
                        List.of(Content.matrix("x", check.xBD()), Content.matrix("x_hat", check.reconstructionBD())));
            }
            Durable.write(aside.resolve(SaeLensConfig.FILE), SaeLensConfig.text(sae, export.origin()));
        });
    }

    private static List<Content> contents(Map<String, Mat> matrices, FrozenSae sae) {
        List<Content> contents = new ArrayList<>();
        matrices.forEach((name, mat) -> contents.add(new Content(
                name,
                TensorFile.Type.F32,
                SaeLensArchitecture.shape(name, sae.width(), sae.features()),
                mat.memory())));
        return contents;
    }

    private static Mat sparsity(List<Double> frequencies) {
        Mat sparsity = Mat.zeros(1, frequencies.size());
        for (int feature = 0; feature < frequencies.size(); feature++) {
            sparsity.set(0, feature, (float) Math.log10(frequencies.get(feature) + LEAST_FREQUENCY));
        }
        return sparsity;
    }

    private static Mat transposed(Mat mat) {
        Mat transposed = Mat.zeros(mat.cols(), mat.rows());
        for (int row = 0; row < mat.rows(); row++) {
            float[] values = mat.copyRow(row);
            for (int col = 0; col < values.length; col++) {
                transposed.set(col, row, values[col]);
            }
        }
        return transposed;
    }

    private static boolean finite(Mat mat) {
        for (int row = 0; row < mat.rows(); row++) {
            for (float value : mat.copyRow(row)) {
                if (!Float.isFinite(value)) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Reads a folder that SAELens, or {@link #write}, wrote. Decoder rows that are not of norm 1 are made so, their norms
     * moved into the encoder; an SAE that encodes its input as it is comes back as a form that does what it does.
     */
    public static FrozenSae read(Path folder) {
        SaeLensConfig config = SaeLensConfig.read(folder.resolve(SaeLensConfig.FILE));
        Path file = folder.resolve(WEIGHTS);
        Map<String, Mat> matrices = new LinkedHashMap<>();
        try (TensorFile tensors = TensorFile.open(file)) {
            requireTensors(file, config, tensors.tensors());
            for (Tensor tensor : tensors.tensors().values()) {
                matrices.put(tensor.name(), matrix(file, tensors, tensor));
            }
            return new SaeLensFolding(file, config, tensors.tensors(), matrices).form();
        } catch (IOException e) {
            matrices.values().forEach(Mat::close);
            throw new CheckpointException(file + " cannot be read (" + e + "); give a folder that SAELens saved", e);
        } catch (RuntimeException e) {
            matrices.values().forEach(Mat::close);
            throw e;
        }
    }

    private static void requireTensors(Path file, SaeLensConfig config, Map<String, Tensor> found) {
        String owner = "an SAE of architecture " + config.architecture().word();
        List<String> wanted = config.architecture().tensors();
        for (String name : wanted) {
            Tensor tensor = found.get(name);
            if (tensor == null) {
                throw new CheckpointException(
                        file + " lacks " + name + ", which " + owner + " has; save it again in SAELens");
            }
            List<Long> shape = SaeLensArchitecture.shape(name, config.width(), config.features());
            if (!tensor.shape().equals(shape)) {
                throw new CheckpointException(file + " holds " + name + " of shape " + tensor.shape() + ", but "
                        + SaeLensConfig.FILE + " says " + shape + "; one of the two is of another SAE");
            }
            if (tensor.type() == TensorFile.Type.I64) {
                throw new CheckpointException(
                        file + " holds " + name + " as I64, which is no type of weights; save it again in SAELens");
            }
        }
        for (String name : found.keySet()) {
            if (!wanted.contains(name)) {
                throw new CheckpointException(file + " holds " + name + ", which " + owner
                        + " has not; a checkpoint of SAELens's training is to be saved by save_inference_model first");
            }
        }
    }

    private static Mat matrix(Path file, TensorFile tensors, Tensor tensor) throws IOException {
        boolean vector = tensor.shape().size() == 1;
        int cols = Math.toIntExact(tensor.shape().getLast());
        Mat mat = Mat.zeros(vector ? 1 : Math.toIntExact(tensor.shape().getFirst()), cols);
        tensors.readFloats(tensor, mat);
        if (!finite(mat)) {
            mat.close();
            throw new CheckpointException(
                    file + " holds values in " + tensor.name() + " that are not finite; use another checkpoint");
        }
        if (!tensor.name().equals(ENCODER)) {
            return mat;
        }
        Mat encFD = transposed(mat);
        mat.close();
        return encFD;
    }
}
