package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.sae.FrozenSae;

/** A report holds numbers only, and its file is whole. */
class EvalReportTest {
    @TempDir
    Path run;

    @Test
    void write_twice_leavesOneFileWithTheLaterContentAtTheConventionsPlace() throws IOException {
        report(1).write(run, "one");
        Path file = report(2).write(run, "two");

        assertThat(file).isEqualTo(run.resolve("evals/core/quick-1_topk_40_custom_sae_eval_results.json"));
        assertThat(new ObjectMapper().readTree(file.toFile()).get("value").intValue())
                .isEqualTo(2);
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void write_folderThatIsAFile_isAnErrorThatNamesTheFile() throws IOException {
        Path file = Files.createFile(run.resolve("evals"));

        assertThatThrownBy(() -> report(1).write(run, "one"))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void constructor_numberThatJsonCannotHold_isRefusedByItsPlace() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("group").putArray("numbers").add(1.0).add(Double.NaN);

        assertThatThrownBy(() -> new EvalReport("core", "r_j_1", Map.of(), json))
                .hasMessageContaining("/group/numbers/1 is NaN");
    }

    @Test
    void compare_tellsTheSameFromAnotherAndFromADamagedOne() throws IOException {
        Path file = EvalReport.file(run, "core", "quick-1_topk_40");
        assertThat(EvalReport.compare(file, "one")).isEqualTo(EvalReport.Match.NONE);

        report(1).write(run, "one");
        assertThat(EvalReport.compare(file, "one")).isEqualTo(EvalReport.Match.SAME);
        assertThat(EvalReport.compare(file, "two")).isEqualTo(EvalReport.Match.OTHER);

        String whole = Files.readString(file);
        Files.writeString(file, whole.substring(0, whole.length() - 3));
        assertThat(EvalReport.compare(file, "one")).isEqualTo(EvalReport.Match.OTHER);
    }

    @Test
    void reuse_reportMadeOfTheSameForAnotherSeed_isGivenTheOtherName_andNoOtherReportIs() throws IOException {
        try (FrozenSae sae = ResidualSae.create(2)) {
            Subject seeded = new Subject("quick-1", "topk", 40, "topk", 1, sae, "_seed2");
            assertThat(EvalReport.reuse(run, "core", seeded, "one")).isFalse();
            Path file = report(7).write(run, "one");
            // Another step, whose name begins alike.
            new EvalReport("core", "quick-1_topk_401", Map.of(), report(8).json()).write(run, "two");

            assertThat(EvalReport.reuse(run, "core", seeded, "two")).isFalse();
            assertThat(EvalReport.reuse(run, "core", seeded, "one")).isTrue();

            Path second = EvalReport.file(run, "core", seeded.id());
            assertThat(EvalReport.compare(second, "one")).isEqualTo(EvalReport.Match.SAME);
            assertThat(Files.readString(second))
                    .isEqualTo(Files.readString(file).replace("\"quick-1_topk_40\"", "\"quick-1_topk_40_seed2\""));
        }
    }

    private static EvalReport report(int value) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("value", value)
                .put("score", 0.1 + 0.2)
                .put("sae_lens_release_id", "quick-1_topk_40");
        return new EvalReport("core", "quick-1_topk_40", Map.of("l0", 1.5), json);
    }
}
