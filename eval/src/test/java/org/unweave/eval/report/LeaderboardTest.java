package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.eval.report.Leaderboard.Entry;
import org.unweave.eval.report.Leaderboard.Standing;

/** Pins what is ranked, by which numbers, and what is not. */
class LeaderboardTest {
    private static final int END = 800;

    private final SampleRun run;

    LeaderboardTest(@TempDir Path folder) throws IOException {
        run = new SampleRun(folder.resolve("r"));
    }

    private Leaderboard board() {
        return Leaderboard.of(RunFiles.read(run.folder()));
    }

    private Entry entry(String name) {
        return board().entries().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void job(String name, String variant, double l0, double recovered) throws IOException {
        run.job(name, variant, l0, 400, 95, 0.7);
        run.core(name, END, l0, 0.7, recovered, 0.9);
    }

    @Test
    void seeds_areOneEntryWithMeanAndRange() throws IOException {
        job("topk-seed1", "topk", 32, 0.90);
        job("topk-seed2", "topk", 32, 0.94);
        job("topk-seed10", "topk", 32, 0.92);
        job("matryoshka", "matryoshka", 32, 0.91);

        Entry topk = entry("topk");

        assertThat(board().hasSeeds()).isTrue();
        assertThat(topk.jobs()).containsExactly("topk-seed1", "topk-seed2", "topk-seed10");
        assertThat(topk.score(Measure.RECOVERED).mean()).isCloseTo(0.92, within(1e-12));
        assertThat(topk.score(Measure.RECOVERED).least()).isEqualTo(0.90);
        assertThat(topk.score(Measure.RECOVERED).most()).isEqualTo(0.94);
        assertThat(topk.rank()).isEqualTo(1);
        assertThat(entry("matryoshka").rank()).isEqualTo(2);
        assertThat(board().best(topk, Measure.RECOVERED)).isTrue();
        assertThat(LeaderboardHtml.of(board()))
                .contains("<strong>0.920</strong><div class=\"spread\">0.900\u20130.940</div>");
    }

    @Test
    void jobs_thatMissedTheirL0_areNamedAndNotRanked() throws IOException {
        job("standard-seed1", "off", 40, 0.99);
        job("standard-seed2", "on", 32, 0.80);
        job("gated", "off", 50, 0.99);
        job("topk", "topk", 32, 0.90);
        job("batch-topk", "topk", 32, 0.85);

        assertThat(entry("standard").jobs()).containsExactly("standard-seed2");
        assertThat(entry("standard").score(Measure.RECOVERED).mean()).isEqualTo(0.80);
        assertThat(entry("standard").rank()).isEqualTo(3);
        assertThat(entry("gated").standing()).isEqualTo(Standing.OFF_TARGET);
        assertThat(entry("gated").rank()).isNaN();
        assertThat(board().best(entry("gated"), Measure.RECOVERED)).isFalse();
        assertThat(board().notes())
                .contains(
                        "standard-seed1 missed its L0, 40.0 for 32, and is not ranked.",
                        "gated missed its L0, 50.0 for 32, and is not ranked.");
        assertThat(LeaderboardHtml.of(board())).contains("off L0", "1 of 2");
    }

    @Test
    void results_beforeTheEnd_doNotCount() throws IOException {
        run.job("topk", "topk", 32, 400, 95, 0.7);
        run.core("topk", END / 2, 32, 0.7, 0.99, 0.9);
        run.core("random-control", 0, 32, 0.1, 0.4, 0.9);

        assertThat(entry("topk").standing()).isEqualTo(Standing.UNFINISHED);
        assertThat(board().isEmpty()).isTrue();
        assertThat(LeaderboardHtml.of(board())).contains("No job was judged at its end yet.");
        assertThat(Plots.write(RunFiles.read(run.folder())).plots())
                .extracting(plot -> plot.file().getFileName().toString())
                .doesNotContain("pareto.png");

        job("matryoshka", "matryoshka", 32, 0.5);

        assertThat(board().isEmpty()).isFalse();
        assertThat(entry("topk").scores()).isEmpty();
        assertThat(board().notes()).contains("topk: topk was not judged at the end.");
        assertThat(entry("random-control").standing()).isEqualTo(Standing.CONTROL);
        assertThat(board().entries().getLast().name()).isEqualTo("random-control");
    }

    @Test
    void rank_isTheMeanOfThePlaces_whereAllHaveTheScore() throws IOException {
        job("a", "a", 32, 0.9);
        job("b", "b", 32, 0.8);
        run.probing("a", END, 0.7);
        run.probing("b", END, 0.8);
        assertThat(entry("a").rank()).isEqualTo(1.5);
        assertThat(entry("b").rank()).isEqualTo(1.5);

        run.interventions("b", END + "", 0.4);
        assertThat(entry("b").rank()).isEqualTo(1.5);
        run.interventions("a", END + "", 0.3);
        assertThat(entry("b").rank()).isLessThan(entry("a").rank());
    }

    @Test
    void evaluationSeeds_areAveragedWithinAJob() throws IOException {
        job("a", "a", 32, 0.9);
        run.interventions("a", "800", 0.4);
        run.interventions("a", "800_seed2", 0.2);

        assertThat(entry("a").score(Measure.TPP).mean())
                .isCloseTo(0.3 / 2 * Math.log10(20) / Math.log10(500), within(1e-3));
        assertThat(entry("a").score(Measure.TPP).least())
                .isEqualTo(entry("a").score(Measure.TPP).most());
    }

    @Test
    void run_withoutAnyJob_hasNone() {
        assertThat(board().isEmpty()).isTrue();
        assertThat(board().entries()).isEmpty();
    }
}
