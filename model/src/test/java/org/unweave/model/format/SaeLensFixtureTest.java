package org.unweave.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.model.checkpoint.TensorFile;
import org.unweave.model.checkpoint.TensorFile.Tensor;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/** Folders that SAELens wrote reconstruct as SAELens does, and come as forms with unit decoder rows. */
class SaeLensFixtureTest {
    @ParameterizedTest
    @CsvSource({
        "standard, standard, true",
        // Only this form may leave out the subtraction; its thresholds are 0.
        "standard-plain, jumprelu, false",
        "standard-unit, standard, true",
        "topk, topk, true",
        "topk-plain, topk, true",
        "jumprelu, jumprelu, true",
        "jumprelu-plain, jumprelu, false",
        "gated, gated, true",
        "gated-plain, gated, true"
    })
    void read_reconstructsAsSaeLensDoes(String name, String architecture, boolean subtracts)
            throws IOException, URISyntaxException {
        Path folder = fixture(name);
        try (FrozenSae sae = SaeLensFormat.read(folder);
                TensorFile expected = TensorFile.open(folder.resolve("expected.safetensors"));
                Workspace workspace = new Workspace(new ReferenceOps())) {
            assertThat(sae.architecture()).isEqualTo(architecture);
            assertThat(sae.subtractsDecoderBias()).isEqualTo(subtracts);
            Mat xBD = matrix(expected, "x");
            Codes codes = new Codes(sae.features());
            Mat reconstructionBD = Mat.zeros(xBD.rows(), xBD.cols());

            sae.encode(xBD, workspace, codes);
            sae.decode(codes, workspace, reconstructionBD);

            assertThat(codes.l0()).isBetween(1.0, sae.features() / 2.0 + 2);
            Mat wantedBD = matrix(expected, "x_hat");
            for (int row = 0; row < xBD.rows(); row++) {
                double bar = 1e-5 * norm(xBD.copyRow(row));
                float[] wanted = wantedBD.copyRow(row);
                for (int i = 0; i < wanted.length; i++) {
                    assertThat((double) reconstructionBD.get(row, i))
                            .as("row %s, element %s", row, i)
                            .isCloseTo(wanted[i], within(bar));
                }
            }
            double tolerance = name.equals("topk-plain") ? 1e-2 : 1e-5; // what bfloat16 leaves of a norm
            for (int feature = 0; feature < sae.features(); feature++) {
                assertThat(norm(sae.decFD().copyRow(feature))).isCloseTo(1, within(tolerance));
            }
        }
    }

    private static Path fixture(String name) throws URISyntaxException {
        URL config = SaeLensFixtureTest.class.getResource("/saelens/" + name + "/cfg.json");
        return Objects.requireNonNull(
                Path.of(Objects.requireNonNull(config).toURI()).getParent());
    }

    private static Mat matrix(TensorFile file, String name) throws IOException {
        Tensor tensor = Objects.requireNonNull(file.tensors().get(name));
        Mat mat = Mat.zeros(
                Math.toIntExact(tensor.shape().get(0)),
                Math.toIntExact(tensor.shape().get(1)));
        file.readFloats(tensor, mat);
        return mat;
    }

    private static double norm(float[] values) {
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        return Math.sqrt(squares);
    }
}
