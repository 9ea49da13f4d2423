package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.eval.report.MetricsLine.Split;

/** A run folder is read as far as it can be read: nothing that is missing, torn or foreign in it stops the reader. */
class RunFilesTest {
    @TempDir
    Path folder;

    @Test
    void metrics_withATornLastLine_areReadWithoutIt() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.state("topk", "topk", "running", 32, "");
        String whole = SampleRun.line("train", 1, 5, 32, 0.1);
        for (int length = 1; length < whole.length() - 2; length += 7) {
            run.write(
                    "jobs/topk/metrics.jsonl",
                    whole + whole.replace("\"step\":1", "\"step\":2").substring(0, length));

            RunFiles files = RunFiles.read(run.folder());

            assertThat(files.jobs().getFirst().metrics()).hasSize(1);
            assertThat(files.problems()).isEmpty();
        }
    }

    @Test
    void metrics_withAnUnreadableLineInTheMiddle_loseThatLineAndSaySo() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.state("topk", "topk", "running", 32, "");
        run.write(
                "jobs/topk/metrics.jsonl",
                SampleRun.line("train", 1, 5, 32, 0.1) + "{\"split\":\"tr\n" + SampleRun.line("train", 3, 4, 32, 0.2));

        RunFiles files = RunFiles.read(run.folder());

        assertThat(files.jobs().getFirst().metrics())
                .extracting(MetricsLine::step)
                .containsExactly(1L, 3L);
        assertThat(files.problems()).singleElement().asString().contains("metrics.jsonl, line 2");
    }

    @Test
    void metrics_ofAResumedJob_dropWhatItHadWrittenPastItsCheckpoint() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        StringBuilder lines = new StringBuilder();
        for (int step : new int[] {10, 20, 30, 40, 20, 30}) {
            lines.append(SampleRun.line("train", step, lines.length(), 32, 0.1));
        }
        run.write("jobs/topk/metrics.jsonl", lines.toString());

        JobFiles job = RunFiles.read(run.folder()).jobs().getFirst();

        assertThat(job.lines(Split.TRAIN)).extracting(MetricsLine::step).containsExactly(10L, 20L, 30L);
        assertThat(job.lines(Split.TRAIN)).extracting(MetricsLine::loss).isSorted();
    }

    @Test
    void metrics_withNotANumberAndNull_readAsMissing() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.write("jobs/topk/metrics.jsonl", "{\"split\":\"train\",\"step\":1,\"rows\":8,\"loss\":NaN,\"l0\":null}\n");

        MetricsLine line =
                RunFiles.read(run.folder()).jobs().getFirst().metrics().getFirst();

        assertThat(line.loss()).isNaN();
        assertThat(line.l0()).isNaN();
        assertThat(line.rows()).isEqualTo(8);
    }

    @Test
    void everyFile_cutAtAnyPlace_isReadOrLeftOut() throws IOException {
        Path run = SampleRun.write(folder.resolve("r"));
        for (String name : new String[] {
            "jobs/topk/state.json",
            "jobs/topk/features.json",
            "evals/core/r_topk_800_custom_sae_eval_results.json",
            "evals/sparse_probing/r_topk_800_custom_sae_eval_results.json"
        }) {
            Path file = run.resolve(name);
            byte[] whole = Files.readAllBytes(file);
            for (int share = 0; share < 10; share++) {
                Files.write(file, Arrays.copyOf(whole, (whole.length - 4) * share / 10));

                assertThat(RunFiles.read(run).problems())
                        .singleElement()
                        .asString()
                        .contains(name);
                assertThat(ResultTable.of(run).text()).contains("standard *");
            }
            Files.write(file, whole);
        }
        assertThat(RunFiles.read(run).problems()).isEmpty();
    }

    @Test
    void bytes_thatAreNoText_doNotStopTheReader() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        byte[] line = SampleRun.line("train", 1, 5, 32, 0.1).getBytes(StandardCharsets.UTF_8);
        byte[] torn = Arrays.copyOf(line, line.length + 2);
        torn[line.length] = (byte) 0xC3;
        torn[line.length + 1] = (byte) 0xFF;
        run.write("jobs/topk/state.json", "[]");
        Files.write(run.folder().resolve("jobs/topk/metrics.jsonl"), torn);
        Files.write(run.folder().resolve("run.conf"), new byte[] {(byte) 0xFF, (byte) 0xFE, 'a'});

        RunFiles files = RunFiles.read(run.folder());

        assertThat(files.jobs().getFirst().metrics()).hasSize(1);
        assertThat(files.configuration()).endsWith("a");
    }

    @Test
    void results_ofARenamedFolder_stillBelongToTheirJobs() throws IOException {
        Path run = SampleRun.write(folder.resolve("before"));
        Path renamed = Files.move(run, folder.resolve("after"));

        assertThat(RunFiles.read(renamed).saes())
                .containsExactly("dynamic-margin", "standard", "topk", "random-control");
    }

    @Test
    void seeds_ofTrainingAndOfEvaluation_areSeenTogether() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        for (String job : List.of("topk-seed1", "topk-seed2", "standard")) {
            run.state(job, job, "done", 32, "");
            run.interventions(job, "400", 0.1);
            run.interventions(job, "800", 0.2);
            run.interventions(job, "800_seed7", 0.3);
        }

        RunFiles files = RunFiles.read(run.folder());

        Map<String, List<Evaluation>> scr = files.bySeeds("scr");
        assertThat(scr.keySet()).containsExactly("standard", "topk");
        assertThat(scr.get("topk"))
                .hasSize(4)
                .allSatisfy(result -> assertThat(result.step()).isEqualTo(800));
        Score.Spread spread = Score.SCR.over(scr.getOrDefault("topk", List.of()), 500);
        assertThat(spread.least()).isEqualTo(0.2);
        assertThat(spread.mean()).isCloseTo(0.25, within(1e-9));
        assertThat(spread.most()).isEqualTo(0.3);
        // The configured seed stands for an SAE where one number is shown.
        assertThat(files.newest("scr", "topk-seed1").orElseThrow().seed()).isEqualTo(-1);
    }

    @Test
    void unlearning_isACurveOfWhatIsForgottenByWhatIsRetained() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.interventions("topk", "800", 0.2);

        Evaluation result =
                RunFiles.read(run.folder()).newest("unlearning", "topk").orElseThrow();

        // Whoever retains 0.8 and forgets 0.6 retains 0.7 too; a configuration that was given up is no point.
        assertThat(Score.UNLEARNING.points(List.of(result)))
                .extracting(Score.Point::x)
                .containsExactly(0.7, 0.8, 1.0);
        assertThat(Score.UNLEARNING.points(List.of(result)))
                .extracting(point -> Math.round(point.y() * 100))
                .containsExactly(60L, 60L, 10L);
    }

    @Test
    void newestResult_isThatOfTheLargestStep() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.core("topk_a", 9_000, 32, 0.5, 0.5, 1);
        run.core("topk_a", 12_000, 32, 0.7, 0.7, 1);

        RunFiles files = RunFiles.read(run.folder());

        assertThat(files.saes()).containsExactly("topk_a");
        assertThat(files.newest(Evaluation.CORE, "topk_a"))
                .map(Evaluation::step)
                .contains(12_000L);
    }
}
