package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pins what {@code unweave runs}, {@code compare}, {@code metrics} and {@code features} print, write and refuse. */
class HistoryCommandsTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(Object... arguments) {
        String[] line = new String[arguments.length];
        for (int i = 0; i < line.length; i++) {
            line[i] = arguments[i].toString();
        }
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        int exitCode = Unweave.execute(line, new PrintWriter(out, true), new PrintWriter(err, true));
        assertThat(err.toString()).doesNotContain("\tat ", "unexpected");
        return exitCode;
    }

    private SmallRun run(String name) throws IOException {
        return new SmallRun(folder.resolve(name));
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    void runs_areALineEach_damagedOnesToo() throws IOException {
        run("one").job("topk", 0.7, 0.9);
        run("two").job("topk", 0.8, 0.85);
        Files.createDirectories(folder.resolve("broken"));

        assertThat(execute("runs", "--runs", folder, "--sort", "explained")).isZero();

        assertThat(out.toString().lines()).hasSize(4);
        assertThat(out.toString().lines().skip(1).map(line -> line.split(" +")[0]))
                .containsExactly("two", "one", "broken");
        assertThat(out.toString())
                .containsPattern("two +done +quick +1/1 .* 0\\.800 +0\\.850 .* MB")
                .containsPattern("broken +damaged .*\\(run\\.conf is missing\\)");
    }

    @Test
    void runs_asJson_haveAllNumbers() throws IOException {
        run("one").job("topk", 0.7, 0.9);
        run("empty");

        assertThat(execute("runs", "--runs", folder, "--json", "--sort", "name"))
                .isZero();

        assertThat(json()).hasSize(2);
        assertThat(json().path(0).path("state").asText()).isEqualTo("empty");
        assertThat(json().path(0).path("best_ce_recovered").isNull()).isTrue();
        assertThat(json().path(1).path("best_ce_recovered").asDouble()).isEqualTo(0.9);
        assertThat(json().path(1).path("jobs_done").asInt()).isEqualTo(1);
    }

    @Test
    void runs_ofAnEmptyFolder_areNoneAndOfNoFolderAFailure() {
        assertThat(execute("runs", "--runs", folder)).isZero();
        assertThat(out.toString()).startsWith("no runs in ");
        assertThat(execute("runs", "--runs", folder, "--json")).isZero();
        assertThat(out.toString().strip()).isEqualTo("[ ]");
        assertThat(execute("runs", "--runs", folder.resolve("absent"))).isEqualTo(1);
        assertThat(err.toString()).startsWith("unweave: there is no folder").contains("--runs");
    }

    @Test
    void compare_printsAndWritesAPage() throws IOException {
        Path one = run("one").job("topk", 0.7, 0.9).folder();
        Path two = run("two").job("topk", 0.8, 0.85).folder();

        assertThat(execute("compare", one, two, "--out", folder.resolve("out"))).isZero();

        assertThat(out.toString())
                .contains("A  one", "B  two", "comparison: " + folder.resolve("out/compare.html"))
                .containsPattern("variance explained +0\\.700 +0\\.800 +\\+0\\.100");
        assertThat(folder.resolve("out/curves.png")).isNotEmptyFile();

        assertThat(execute("compare", one + "/topk", two.resolve("jobs/topk"), "--json"))
                .isZero();
        assertThat(json().at("/sides/1/job").asText()).isEqualTo("topk");
        assertThat(json().at("/jobs/0/name").asText()).isEqualTo("topk");
    }

    @Test
    void compare_ofWhatIsNotThere_isAFailure() throws IOException {
        Path one = run("one").job("topk", 0.7, 0.9).folder();
        assertThat(execute("compare", one)).isEqualTo(2);
        assertThat(execute("compare", one, folder.resolve("absent"))).isEqualTo(1);
        assertThat(err.toString()).startsWith("unweave: there is no run " + folder.resolve("absent"));
        assertThat(execute("compare", one, one + "/gated")).isEqualTo(1);
        assertThat(err.toString()).contains("has no job named gated");
    }

    @Test
    void metrics_goToTheOutputOrAFile() throws IOException {
        Path one = run("one").job("topk", 0.7, 0.9).job("other", 0.6, 0.8).folder();

        assertThat(execute("metrics", one + "/topk")).isZero();
        assertThat(out.toString()).startsWith("run,job,variant,split,step,rows,wall_s,metric,value\n");
        assertThat(out.toString().lines()).hasSize(1 + 4 * 3).noneMatch(line -> line.contains("other"));
        assertThat(err.toString()).isEmpty();

        assertThat(execute("metrics", one, "--format", "jsonl")).isZero();
        assertThat(out.toString().lines()).hasSize(2 * 4 * 3).allMatch(line -> line.startsWith("{"));

        Path file = folder.resolve("m.parquet");
        assertThat(execute("metrics", one, "--format", "parquet", "-o", file)).isZero();
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).isEqualTo("24 rows in " + file + System.lineSeparator());
        assertThat(file).isNotEmptyFile();
    }

    @Test
    void metrics_ofADamagedLine_areTheOthersAndAWord() throws IOException {
        SmallRun one = run("one").job("topk", 0.7, 0.9);
        one.write("jobs/topk/metrics.jsonl", "{\"step\":1,\"loss\":1}\n}{\n{\"step\":2,\"loss\":2}\n{\"st");

        assertThat(execute("metrics", one.folder())).isZero();

        assertThat(out.toString().lines()).hasSize(3);
        assertThat(err.toString()).contains("jobs/topk/metrics.jsonl, line 2, is not a JSON object");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "metrics one --format xml           | there is no format named xml; there are csv, jsonl, parquet",
                "metrics one --format parquet       | name a file by -o",
                "runs --sort size                   | --sort",
                "features one/topk --count 0        | --count is 0, not between 1 and 1000",
                "features one/topk --examples 1001  | --examples is 1001",
                "features                           | RUN/JOB",
                "logs one --lines=-1                | --lines is -1",
                "logs one --level loud              | --level",
            })
    void arguments_thatAreWrong_areNamed(String line, String message) {
        assertThat(execute((Object[]) line.split(" +"))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    @Test
    void features_ofWhatHasNoCheckpoint_areRefusedBeforeAnythingIsLoaded() throws IOException {
        Path one = run("one").job("topk", 0.7, 0.9).folder();
        assertThat(execute("features", one + "/topk")).isEqualTo(1);
        assertThat(err.toString()).contains("there is no checkpoint at " + one + "/topk");
        assertThat(execute("features", folder.resolve("absent"))).isEqualTo(1);
        assertThat(execute("features", one + "/topk", "--set", "data.tokens=7")).isEqualTo(1);
        assertThat(err.toString()).contains("--set data.tokens=7 would judge by other data");
        assertThat(one.resolve("features")).doesNotExist();
    }
}
