package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Device;
import org.unweave.model.sae.FrozenSae;

/** Result files are as SAEBench's schemas want them. */
class SaeBenchSchemaTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<String, String> SCHEMAS = Map.of(
            "core", "core/eval_output_schema_core.json",
            "sparse_probing", "sparse_probing/eval_output_schema_sparse_probing.json",
            "scr", "scr_and_tpp/eval_output_schema_scr.json",
            "tpp", "scr_and_tpp/eval_output_schema_tpp.json",
            "unlearning", "unlearning/eval_output_schema_unlearning.json");

    @TempDir
    Path folder;

    static Stream<String> evaluations() {
        return SCHEMAS.keySet().stream();
    }

    private JsonNode result(String name) throws IOException {
        try (EvalSession session = TestRuns.session(folder, new FakeModel(0));
                Device device = Device.cpu(1);
                FrozenSae sae = TestRuns.identity()) {
            EvalReport report = session.evaluation(name, device)
                    .evaluate(new Subject("run", "topk", 5, "topk", 100, sae, "_seed2"));
            return MAPPER.readTree(report.write(folder, "fingerprint").toFile());
        }
    }

    @ParameterizedTest
    @MethodSource("evaluations")
    void result_hasEveryKeyOfTheSchema(String name) throws IOException {
        JsonNode result = result(name);
        try (InputStream keys = SaeBenchSchemaTest.class.getResourceAsStream("/golden/saebench-keys.json")) {
            for (JsonNode pointer :
                    MAPPER.readTree(Objects.requireNonNull(keys)).required(name)) {
                List<String> missing = new ArrayList<>();
                require(result, pointer.asText().substring(1).split("/"), 0, missing);
                assertThat(missing).as(pointer.asText()).isEmpty();
            }
        }
        assertThat(result.path("eval_type_id").asText()).isEqualTo(name);
        assertThat(result.path("sae_lens_release_id").asText()).isEqualTo("run_topk_5_seed2");
        for (JsonNode group : result.path("eval_result_metrics")) {
            assertThat(group).as("groups are flat").allMatch(value -> !value.isContainerNode());
        }
    }

    private static void require(JsonNode node, String[] pointer, int at, List<String> missing) {
        if (at == pointer.length) {
            return;
        }
        if (pointer[at].equals("*")) {
            node.forEach(element -> require(element, pointer, at + 1, missing));
        } else if (node.has(pointer[at])) {
            require(node.get(pointer[at]), pointer, at + 1, missing);
        } else {
            missing.add(pointer[at]);
        }
    }

    /** SAEBench's own files, of a checkout or of the folder that an installed package lies in. */
    @ParameterizedTest
    @MethodSource("evaluations")
    @EnabledIfEnvironmentVariable(named = "SAEBENCH_HOME", matches = ".+")
    void result_isValid(String name) throws IOException {
        Path schema = Path.of(System.getenv("SAEBENCH_HOME"))
                .resolve("sae_bench/evals")
                .resolve(Objects.requireNonNull(SCHEMAS.get(name)));
        try (InputStream text = Files.newInputStream(schema)) {
            assertThat(JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                            .getSchema(text)
                            .validate(result(name)))
                    .isEmpty();
        }
    }
}
