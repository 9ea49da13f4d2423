package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins the table's text to the letter, and what it says of jobs that failed, are off target or not evaluated. */
class ResultTableTest {
    @TempDir
    Path folder;

    @Test
    void threeJobs_evaluated_areSetInOneTable() throws IOException {
        Path run = SampleRun.write(folder.resolve("quick-1"));

        assertThat(ResultTable.of(run).text()).isEqualTo("""
                        Results of quick-1

                                                               var.      CE
                        SAE                    step      L0   expl.  recov.   alive  top-1  top-2  top-5
                        --------------------------------------------------------------------------------
                        dynamic-margin          800    32.0   0.745   0.921   99.3%  0.730  0.770  0.810
                        standard *              800    44.2   0.690   0.871   84.2%  0.740  0.780  0.820
                        topk                    800    32.0   0.760   0.934   98.1%  0.750  0.790  0.830
                        random-control            0    32.0  -0.410  -0.350   99.9%  0.560  0.600  0.640
                        model (no SAE)            -       -       -       -       -  0.710  0.750  0.790

                        var. expl.: share of the activations' variance that the SAE reconstructs. CE recov.: share of the
                        cross-entropy lost by zeroing the layer that the SAE brings back. alive: features that fired.
                        top-k: accuracy of probes on the k best latents, mean over the datasets; the model's row uses the k
                        best coordinates of the residual stream instead.
                        * L0 off target, not ranked (held-out L0 for target): standard 44.0 for 32.

                        top-5 by dataset  bundle/ag-news  bundle/code-language  bundle/amazon-sentiment
                        -------------------------------------------------------------------------------
                        dynamic-margin             0.860                 0.810                    0.760
                        standard *                 0.870                 0.820                    0.770
                        topk                       0.880                 0.830                    0.780
                        random-control             0.690                 0.640                    0.590
                        model (no SAE)             0.760                 0.790                    0.820
                        """);
    }

    @Test
    void interventions_areSetInABlockOfTheirOwn() throws IOException {
        Path run = SampleRun.write(folder.resolve("quick-1"));
        new SampleRun(run).interventions("topk", "800", 0.4);
        new SampleRun(run).interventions("random-control", "0", 0.04);

        assertThat(ResultTable.of(run).text()).contains("""
                        by intervention   SCR 5  SCR 20  SCR 100  TPP 5  TPP 20  TPP 100  unlearning
                        ----------------------------------------------------------------------------
                        topk              0.104   0.193    0.296  0.052   0.096    0.148       0.133
                        random-control    0.010   0.019    0.030  0.005   0.010    0.015       0.013
                        """);
        assertThat(ResultTable.of(run).scoresHtml())
                .contains("<th scope=\"col\" class=\"number\">SCR 20</th>", "0.193");
    }

    @Test
    void interventions_ofALaterStep_leaveTheOtherColumnsAlone() throws IOException {
        Path run = SampleRun.write(folder.resolve("quick-1"));
        new SampleRun(run).interventions("topk", "900", 0.4);

        assertThat(ResultTable.of(run).text())
                .containsPattern("(?m)^topk +800 +32.0 +0.760 ")
                .containsPattern("(?m)^topk +0.104 +0.193 ");
    }

    @Test
    void failedJob_withoutEvaluation_showsItsReasonInPlaceOfNumbers() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.state("topk", "topk", "failed", 32, "NaN in the loss at step 12");

        assertThat(ResultTable.of(run.folder()).text())
                .containsPattern("(?m)^topk +failed: NaN in the loss at step 12$");
    }

    @Test
    void failedJob_withEvaluation_showsBothAndIsNotRanked() throws IOException {
        Path run = SampleRun.write(folder.resolve("r"));
        new SampleRun(run).state("topk", "topk", "failed", 32, "disk full");

        ResultTable table = ResultTable.of(run);

        assertThat(table.text()).containsPattern("(?m)^topk +800 .*\n  failed: disk full$");
        assertThat(table.html()).doesNotContain("<strong>");
    }

    @Test
    void bestValue_amongRankedJobsOfOneTarget_isStrong() throws IOException {
        Path run = SampleRun.write(folder.resolve("r"));

        assertThat(ResultTable.of(run).html())
                .contains("<strong>0.934</strong>")
                .doesNotContain("<strong>0.871</strong>", "<strong>99.9%</strong>");
    }

    @Test
    void l0_withinTenPercentOfTarget_isNotMarked() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.state("near", "topk", "done", 32, "");
        run.write("jobs/near/metrics.jsonl", SampleRun.line("held-out", 10, 1, 35.1, 0.5));
        run.state("far", "topk", "done", 32, "");
        run.write("jobs/far/metrics.jsonl", SampleRun.line("held-out", 10, 1, 28.7, 0.5));

        assertThat(ResultTable.of(run.folder()).text())
                .containsPattern("(?m)^near  ")
                .containsPattern("(?m)^far \\*  ")
                .contains("far 28.7 for 32.");
    }

    @Test
    void runningJob_withoutEvaluation_isARowOfDashesWithItsStep() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.state("topk", "topk", "running", 32, "");

        assertThat(ResultTable.of(run.folder()).text())
                .containsPattern("(?m)^topk( +-){8}$")
                .contains("topk: running at step 800 of 800.");
    }

    @Test
    void lines_ofLongNamesAndReasons_keepWithinAHundredColumns() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        String name = "attribution-adversarial-k64-seed2-learning-rate-3e-4-and-more";
        run.state(
                name,
                "attribution-adversarial",
                "failed",
                64,
                "no space left on the device ".repeat(12).strip());
        run.core(name, 800, 64, 0.7, 0.9, 0.9);
        run.probing(name, 800, 0.8);

        assertThat(ResultTable.of(run.folder()).text().lines())
                .allMatch(line -> line.length() <= 100)
                .anyMatch(line -> line.startsWith("attribution-adver~"));
    }

    @Test
    void jobs_ofAGrid_standInTheOrderOfTheirNumbers() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        for (int k : new int[] {128, 16, 64}) {
            run.state("topk-k" + k, "topk", "done", k, "");
        }

        assertThat(ResultTable.of(run.folder()).text()).containsSubsequence("topk-k16", "topk-k64", "topk-k128");
    }

    @Test
    void emptyRun_saysThatThereIsNothingYet() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));

        assertThat(ResultTable.of(run.folder()).text()).contains("Nothing to show yet");
    }

    @Test
    void folder_thatIsNoRun_isRefusedByName() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("empty"));

        assertThatThrownBy(() -> ResultTable.of(folder.resolve("absent")))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("absent");
        assertThatThrownBy(() -> ResultTable.of(empty))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("neither run.conf nor jobs nor evals");
    }
}
