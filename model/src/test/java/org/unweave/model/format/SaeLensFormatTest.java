package org.unweave.model.format;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.TensorFile;
import org.unweave.model.checkpoint.TensorFile.Content;
import org.unweave.model.checkpoint.TensorFile.Tensor;
import org.unweave.model.checkpoint.TensorFile.Type;
import org.unweave.model.file.Durable;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.TopKForm;

/**
 * What is written in SAELens's format comes back with the same bits; what either side cannot say, and files that are not
 * whole, are refused by name; nothing that lies in the way is lost.
 */
class SaeLensFormatTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Origin ORIGIN = new Origin(
            "SmolLM2", "blocks.9.hook_resid_post", 64, "bundle", "one", "topk-k7", "topk", 3, 100, 12800, "0.1.0");
    private static final String WEIGHTS = "sae_weights.safetensors";

    @TempDir
    Path folder;

    private static Export export(FrozenSae sae) {
        return new Export(sae, ORIGIN, List.of(), null);
    }

    private Path written(String form) {
        Path target = folder.resolve(form);
        SaeLensFormat.write(target, export(Forms.all().get(form)), false);
        return target;
    }

    static Stream<String> forms() {
        return Forms.all().keySet().stream();
    }

    // Kept for tests/bench/saelens_check.py, which loads the folders with SAELens itself.
    @ParameterizedTest
    @MethodSource("forms")
    void write_thenRead_givesTheSameBits(String form) throws IOException {
        Path target = Path.of("target", "saelens", form);
        Durable.deleteRecursively(target);
        FrozenSae sae = Forms.all().get(form);
        CheckRows check = CheckRows.draw(sae, 64, 8, 1, new ReferenceOps());
        List<Double> frequencies = Collections.nCopies(Forms.FEATURES, 0.25);

        SaeLensFormat.write(target, new Export(sae, ORIGIN, frequencies, check), false);

        FrozenSae back = SaeLensFormat.read(target);
        assertThat(back).hasSameClassAs(sae);
        assertThat(back.architecture()).isEqualTo(sae.architecture());
        assertThat(back.subtractsDecoderBias()).isEqualTo(sae.subtractsDecoderBias());
        assertThat(back.weights()).hasSameSizeAs(sae.weights());
        for (int i = 0; i < sae.weights().size(); i++) {
            assertThat(back.weights().get(i).toArray())
                    .isEqualTo(sae.weights().get(i).toArray());
        }
        if (sae instanceof TopKForm topK) {
            assertThat(back)
                    .isInstanceOfSatisfying(
                            TopKForm.class, one -> assertThat(one.k()).isEqualTo(topK.k()));
        }
        assertThat(check.reconstructionBD().toArray()).doesNotContain(Float.NaN);
    }

    @Test
    void write_topK_saysInItsConfigWhatSaeLensAsks() throws IOException {
        JsonNode config = JSON.readTree(written("topk").resolve("cfg.json").toFile());

        assertThat(config.get("architecture").asText()).isEqualTo("topk");
        assertThat(config.get("d_in").intValue()).isEqualTo(Forms.WIDTH);
        assertThat(config.get("d_sae").intValue()).isEqualTo(Forms.FEATURES);
        assertThat(config.get("dtype").asText()).isEqualTo("float32");
        assertThat(config.get("k").intValue()).isEqualTo(Forms.K);
        assertThat(config.get("rescale_acts_by_decoder_norm").booleanValue()).isFalse();
        assertThat(config.get("apply_b_dec_to_input").booleanValue()).isTrue();
        assertThat(config.get("normalize_activations").asText()).isEqualTo("none");
        JsonNode metadata = config.get("metadata");
        assertThat(metadata.get("sae_lens_version").asText()).startsWith("6.");
        assertThat(metadata.get("model_name").asText()).isEqualTo("SmolLM2");
        assertThat(metadata.get("hook_name").asText()).isEqualTo("blocks.9.hook_resid_post");
        assertThat(metadata.get("context_size").intValue()).isEqualTo(64);
        assertThat(metadata.get("prepend_bos").booleanValue()).isTrue();
        assertThat(metadata.get("training_tokens").longValue()).isEqualTo(12800);
        assertThat(metadata.get("variant").asText()).isEqualTo("topk");
        assertThat(metadata.get("seed").longValue()).isEqualTo(3);
        assertThat(metadata.get("step").longValue()).isEqualTo(100);
        assertThat(metadata.get("run").asText()).isEqualTo("one");
        assertThat(metadata.get("unweave_version").asText()).isEqualTo("0.1.0");
    }

    @Test
    void write_jumpReluWithoutSubtraction_saysSo() throws IOException {
        JsonNode config =
                JSON.readTree(written("jumprelu-plain").resolve("cfg.json").toFile());

        assertThat(config.get("architecture").asText()).isEqualTo("jumprelu");
        assertThat(config.get("apply_b_dec_to_input").booleanValue()).isFalse();
        assertThat(config.has("k")).isFalse();
    }

    @Test
    void write_holdsTheEncoderWithAColumnForEachFeature() throws IOException {
        FrozenSae sae = Forms.all().get("gated");
        try (TensorFile file = TensorFile.open(written("gated").resolve(WEIGHTS))) {
            assertThat(file.tensors()).containsOnlyKeys("W_enc", "b_gate", "b_mag", "r_mag", "W_dec", "b_dec");
            Tensor encoder = file.tensors().get("W_enc");
            assertThat(encoder.shape()).containsExactly((long) Forms.WIDTH, (long) Forms.FEATURES);
            Mat encDF = Mat.zeros(Forms.WIDTH, Forms.FEATURES);
            file.readFloats(encoder, encDF);
            assertThat(encDF.get(3, 17)).isEqualTo(sae.encFD().get(17, 3));
            assertThat(file.tensors().get("b_mag").shape()).containsExactly((long) Forms.FEATURES);
        }
    }

    @Test
    void write_firingFrequencies_areLogarithmsOfBase10() throws IOException {
        List<Double> frequencies = new ArrayList<>(Collections.nCopies(Forms.FEATURES, 0.01));
        frequencies.set(1, 0.0);
        Path target = folder.resolve("sparse");

        SaeLensFormat.write(target, new Export(Forms.all().get("topk"), ORIGIN, frequencies, null), false);

        try (TensorFile file = TensorFile.open(target.resolve("sparsity.safetensors"))) {
            Mat sparsity = Mat.zeros(1, Forms.FEATURES);
            file.readFloats(file.tensors().get("sparsity"), sparsity);
            assertThat(sparsity.get(0, 0)).isCloseTo(-2, within(1e-6f));
            assertThat(sparsity.get(0, 1)).isCloseTo(-10, within(1e-6f)); // as SAELens writes that it never fired
        }
    }

    @Test
    void write_weightsThatAreNotFinite_isRefusedAndLeavesNothing() {
        FrozenSae sae = Forms.all().get("jumprelu");
        sae.encFD().set(3, 4, Float.NaN);

        assertThatThrownBy(() -> SaeLensFormat.write(folder.resolve("nan"), export(sae), false))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll("SAELens", "W_enc", "not finite");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void write_topKOfMoreThanAll_isRefusedWithTheReason() {
        FrozenSae sae = Forms.all().get("topk");
        TopKForm tooMany = new TopKForm(81, sae.encFD(), sae.bEnc1F(), sae.decFD(), sae.bDec1D());

        assertThatThrownBy(() -> SaeLensFormat.write(folder.resolve("k"), export(tooMany), false))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("81 of 80 latents");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void write_overAnExport_replacesItOnlyWhenTold() throws IOException {
        Path target = written("topk");

        assertThatThrownBy(() -> SaeLensFormat.write(target, export(Forms.all().get("gated")), false))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(target.toString(), "--force");
        assertThat(SaeLensFormat.read(target).architecture()).isEqualTo("topk");

        SaeLensFormat.write(target, export(Forms.all().get("gated")), true);
        assertThat(SaeLensFormat.read(target).architecture()).isEqualTo("gated");
        try (Stream<Path> entries = Files.list(folder)) {
            assertThat(entries).containsExactly(target);
        }
    }

    @Test
    void write_overSomethingElse_isRefusedAlsoWhenTold() throws IOException {
        Path notes = Files.createDirectories(folder.resolve("notes"));
        Files.writeString(notes.resolve("notes.txt"), "mine");
        Path mixed = written("topk");
        Files.writeString(mixed.resolve("notes.txt"), "mine");
        Path file = Files.writeString(folder.resolve("file"), "mine");

        Export export = export(Forms.all().get("gated"));
        assertThatThrownBy(() -> SaeLensFormat.write(notes, export, true))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(notes.toString(), "notes.txt");
        assertThatThrownBy(() -> SaeLensFormat.write(mixed, export, true))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(mixed.toString(), "notes.txt");
        assertThatThrownBy(() -> SaeLensFormat.write(file, export, true))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContainingAll(file.toString(), "is a file");
        assertThat(notes.resolve("notes.txt")).hasContent("mine");
        assertThat(mixed.resolve("notes.txt")).hasContent("mine");
        assertThat(SaeLensFormat.read(mixed).architecture()).isEqualTo("topk");
        assertThat(file).hasContent("mine");
        try (Stream<Path> entries = Files.list(folder)) {
            assertThat(entries).containsExactlyInAnyOrder(notes, mixed, file);
        }
    }

    @Test
    void write_intoAnEmptyFolder_fillsIt() throws IOException {
        Path target = Files.createDirectories(folder.resolve("deep").resolve("empty"));

        SaeLensFormat.write(target, export(Forms.all().get("standard")), false);

        assertThat(SaeLensFormat.read(target).features()).isEqualTo(Forms.FEATURES);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "architecture                    | \"jumprelu_transcoder\" | does not reconstruct its input",
                "architecture                    | \"temporal\"            | none of [standard, topk, jumprelu, gated]",
                "architecture                    | null                    | none of [standard, topk, jumprelu, gated]",
                "normalize_activations           | \"layer_norm\"          | fold the factor into the weights",
                "reshape_activations             | \"hook_z\"              | reshape_activations is hook_z",
                "dtype                           | \"int8\"                | dtype is int8",
                "d_in                            | \"24\"                  | d_in is",
                "d_sae                           | 0                       | d_sae is 0",
                "d_sae                           | 81                      | another SAE",
                "k                               | 81                      | k is 81, but there are 80",
                "k                               | 0                       | k is 0",
                "k                               | 7.5                     | k is 7.5",
                "apply_b_dec_to_input            | 1                       | neither true nor false",
                "metadata                        | {}                      | older than 6",
                "metadata                        | {\"sae_lens_version\":\"5.9.1\"}  | save it in SAELens 6",
            })
    void read_configThatCannotBe_isRefusedWithTheReason(String key, String value, String message) throws IOException {
        Path target = written("topk");
        Path file = target.resolve("cfg.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        config.set(key, JSON.readTree(value));
        JSON.writeValue(file.toFile(), config);

        assertThatThrownBy(() -> SaeLensFormat.read(target))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(target.toString())
                .hasMessageContaining(message);
    }

    @Test
    void read_configThatIsMissingOrNoJson_isNamed() throws IOException {
        Path target = written("topk");
        Path file = target.resolve("cfg.json");
        Files.writeString(file, "{\"d_in\": 24,");
        assertThatThrownBy(() -> SaeLensFormat.read(target))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString());

        Files.delete(file);
        assertThatThrownBy(() -> SaeLensFormat.read(target))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString());
    }

    /** Writes the weights of a folder again, with other arrays. */
    private static void rewrite(Path target, UnaryOperator<List<Content>> change) throws IOException {
        Path file = target.resolve(WEIGHTS);
        List<Content> contents = new ArrayList<>();
        try (TensorFile tensors = TensorFile.open(file)) {
            for (Tensor tensor : tensors.tensors().values()) {
                MemorySegment bytes = MemorySegment.ofArray(new byte[(int) (tensor.to() - tensor.from())]);
                tensors.read(tensor, bytes);
                contents.add(new Content(tensor.name(), tensor.type(), tensor.shape(), bytes));
            }
        }
        Files.delete(file);
        TensorFile.write(file, change.apply(contents));
    }

    private static Content zeros(String name, Type type, Long... shape) {
        long size = Arrays.stream(shape).reduce(1L, (a, b) -> a * b);
        return new Content(name, type, List.of(shape), MemorySegment.ofArray(new byte[(int) (size * type.bytes())]));
    }

    private void refusesWeights(String form, UnaryOperator<List<Content>> change, String... words) throws IOException {
        Path target = written(form);
        rewrite(target, change);
        assertThatThrownBy(() -> SaeLensFormat.read(target))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(target.resolve(WEIGHTS).toString())
                .hasMessageContainingAll(words);
    }

    private static UnaryOperator<List<Content>> replacing(Content with) {
        return contents -> contents.stream()
                .map(one -> one.name().equals(with.name()) ? with : one)
                .toList();
    }

    @Test
    void read_arrayThatIsMissing_isNamed() throws IOException {
        refusesWeights(
                "jumprelu",
                contents -> contents.stream()
                        .filter(one -> !one.name().equals("threshold"))
                        .toList(),
                "lacks threshold",
                "jumprelu");
    }

    @Test
    void read_arrayTooMany_isNamedWithTheRemedy() throws IOException {
        refusesWeights(
                "jumprelu",
                contents -> Stream.concat(contents.stream(), Stream.of(zeros("topk_threshold", Type.F64)))
                        .toList(),
                "topk_threshold",
                "save_inference_model");
    }

    @Test
    void read_arrayOfAnotherShape_isNamedWithBoth() throws IOException {
        refusesWeights("gated", replacing(zeros("b_mag", Type.F32, 79L)), "b_mag", "[79]", "[80]");
    }

    @Test
    void read_encoderThatIsNotTransposed_isRefused() throws IOException {
        refusesWeights("topk", replacing(zeros("W_enc", Type.F32, 80L, 24L)), "W_enc", "[80, 24]", "[24, 80]");
    }

    @Test
    void read_arrayOfIntegers_isRefused() throws IOException {
        refusesWeights("topk", replacing(zeros("b_enc", Type.I64, 80L)), "b_enc", "I64");
    }

    @Test
    void read_valuesThatAreNotFinite_areNamed() throws IOException {
        refusesWeights(
                "gated",
                contents -> {
                    contents.stream()
                            .filter(one -> one.name().equals("r_mag"))
                            .forEach(one -> one.bytes().setAtIndex(JAVA_FLOAT_UNALIGNED, 5, Float.NEGATIVE_INFINITY));
                    return contents;
                },
                "r_mag",
                "not finite");
    }

    @Test
    void read_topKWithoutUnitRows_isRefusedWhereTheRankWouldChange() throws IOException {
        Consumer<Content> doubled = one -> {
            for (int i = 0; i < Forms.WIDTH; i++) {
                one.bytes().setAtIndex(JAVA_FLOAT_UNALIGNED, i, 2 * one.bytes().getAtIndex(JAVA_FLOAT_UNALIGNED, i));
            }
        };
        refusesWeights(
                "topk",
                contents -> {
                    contents.stream().filter(one -> one.name().equals("W_dec")).forEach(doubled);
                    return contents;
                },
                "row 0 of W_dec",
                "rescale_acts_by_decoder_norm");
    }

    @Test
    void read_fileCutShortAnywhere_isNamed() throws IOException {
        Path target = written("standard");
        Path file = target.resolve(WEIGHTS);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> SaeLensFormat.read(target))
                    .as("%s bytes", length)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(file.toString());
        }
        Files.delete(file);
        assertThatThrownBy(() -> SaeLensFormat.read(target))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString());
    }
}
