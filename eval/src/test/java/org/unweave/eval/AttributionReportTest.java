package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.sae.FrozenSae;

/** A snapshot comes back from its file as it was, and from no file that is not whole or not of it. */
class AttributionReportTest {
    private static final AttributionSnapshot SNAPSHOT = new AttributionSnapshot(
            "self-aligned",
            120,
            AttributionSnapshot.Source.EVALUATOR,
            "spurious",
            16,
            List.of(new Attributed(7, 0.1 + 0.2), new Attributed(2, 0.25), new Attributed(15, 1e-17)),
            0.30000000000000001,
            2.0 / 3);

    @TempDir
    Path run;

    private Path file;

    @BeforeEach
    void write() {
        file = write(SNAPSHOT);
    }

    private Path write(AttributionSnapshot snapshot) {
        try (FrozenSae sae = ResidualSae.create(2)) {
            Subject subject = new Subject("quick-1", snapshot.job(), snapshot.step(), "self-aligned", 1, sae);
            ObjectNode none = JsonNodeFactory.instance.objectNode();
            return AttributionReport.of(snapshot, subject, none, none).write(run, "print");
        }
    }

    @Test
    void read_whatWasWritten_isTheSame() {
        assertThat(file)
                .isEqualTo(run.resolve("evals/attribution/quick-1_self-aligned_120_custom_sae_eval_results.json"));
        assertThat(AttributionReport.read(file)).isEqualTo(SNAPSHOT);
        AttributionSnapshot empty = new AttributionSnapshot(
                "job", 0, AttributionSnapshot.Source.EVALUATOR, "spurious", 1, List.of(), 0, 0.5);
        assertThat(AttributionReport.read(write(empty))).isEqualTo(empty);
    }

    @Test
    void read_fileThatIsAbsentCutOffOrOfAnother_isRefusedByName() throws IOException {
        refused(run.resolve("absent.json"), "cannot read the attribution " + run.resolve("absent.json"));
        String whole = Files.readString(file);
        Files.writeString(file, whole.substring(0, whole.length() - 3));
        refused(file, "cannot read the attribution " + file);
        Files.writeString(file, whole + "{}");
        refused(file, "cannot read the attribution " + file);
        Files.writeString(file, "");
        refused(file, "it says of no evaluation that it is its report");
        Files.writeString(file, "[1]");
        refused(file, "it says of no evaluation that it is its report");
        Files.writeString(file, whole.replace("\"attribution\",", "\"scr\","));
        refused(file, "it is of scr; delete it to have it made anew");
    }

    @Test
    void read_fieldThatCannotBe_isRefusedByItsName() throws IOException {
        damaged(json -> json.remove("job"), "job is missing");
        damaged(json -> json.put("step", -1), "step is -1");
        damaged(json -> json.put("step", 1.5), "step is no whole number");
        damaged(json -> json.put("features", 0), "features is 0");
        damaged(json -> json.put("features", 15), "latent is 15, not 0 to 14");
        damaged(json -> metrics(json).put("probe_accuracy", 1.01), "probe_accuracy is no number from 0 to 1");
        damaged(json -> metrics(json).put("percentile_85", "0.3"), "percentile_85 is no number from 0 to 1");
        damaged(json -> metrics(json).remove("percentile_85"), "percentile_85 is no number from 0 to 1");
        damaged(json -> json.put("eval_result_details", 3), "eval_result_details is no list of at most 1024 latents");
        damaged(json -> json.putArray("eval_result_details"), "eval_result_details has 0 latents, not 3");
        damaged(json -> latent(json, 1).put("latent", 7), "latent 7 stands twice, or out of order");
        damaged(json -> latent(json, 1).put("attribution", 0.4), "latent 2 stands twice, or out of order");
        damaged(json -> latent(json, 2).put("attribution", 0), "latent 15 stands twice, or out of order");
        damaged(json -> latent(json, 0).put("attribution", -0.1), "attribution is no number from 0 to 1");
        damaged(
                json -> {
                    ArrayNode details = json.putArray("eval_result_details");
                    for (int i = 0; i < 1025; i++) {
                        details.addObject();
                    }
                },
                "at most 1024");
    }

    private static ObjectNode metrics(ObjectNode json) {
        return (ObjectNode) json.at("/eval_result_metrics/attribution");
    }

    private static ObjectNode latent(ObjectNode json, int place) {
        return (ObjectNode) json.at("/eval_result_details/" + place);
    }

    private void damaged(Consumer<ObjectNode> damage, String message) throws IOException {
        ObjectNode json =
                (ObjectNode) new ObjectMapper().readTree(write(SNAPSHOT).toFile());
        damage.accept(json);
        Files.writeString(file, json.toString());
        refused(file, message);
    }

    private static void refused(Path file, String message) {
        assertThatThrownBy(() -> AttributionReport.read(file))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }
}
