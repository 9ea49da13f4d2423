package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Pins what a person sees of long work: repainted bars on a terminal, few plain lines elsewhere, rate and time left. */
class ConsoleProgressTest {
    private static final String UP = "\u001b[%dA";

    private final StringWriter shown = new StringWriter();
    private long now = Duration.ofHours(5).toNanos();

    private ConsoleProgress progress(boolean terminal) {
        return new ConsoleProgress(new PrintWriter(shown), terminal, () -> now);
    }

    private void after(Duration time) {
        now += time.toNanos();
    }

    private String fresh() {
        String text = shown.toString();
        shown.getBuffer().setLength(0);
        return text;
    }

    @Test
    void line_ofWorkHalfDone_tellsRateAndTimeLeft() {
        ConsoleProgress progress = progress(false);
        progress.report("harvest", 0, 6_000, "tokens");
        assertThat(fresh()).isEqualTo("harvest 0% 0 of 6,000 tokens" + System.lineSeparator());
        after(Duration.ofSeconds(30));
        progress.report("harvest", 1_500, 6_000, "tokens");
        assertThat(fresh()).isEqualTo("harvest 25% 1,500 of 6,000 tokens, 50/s, 1:30 left" + System.lineSeparator());
    }

    @Test
    void rate_ofWorkTakenUpAgain_leavesOutWhatWasThere() {
        ConsoleProgress progress = progress(false);
        progress.report("harvest", 4_000, 6_000, "tokens");
        after(Duration.ofSeconds(100));
        progress.report("harvest", 4_500, 6_000, "tokens");
        assertThat(fresh()).contains("75% 4,500 of 6,000 tokens, 5.00/s, 5:00 left");
    }

    @Test
    void timeLeft_aboveAnHour_hasHours() {
        ConsoleProgress progress = progress(false);
        progress.report("training", 0, 100_000, "rows");
        after(Duration.ofSeconds(40));
        progress.report("training", 400, 100_000, "rows");
        assertThat(fresh()).contains("10/s, 2:46:00 left");
    }

    @Test
    void plainLines_comeAtTheStartThenEveryTenSecondsThenAtTheEnd() {
        ConsoleProgress progress = progress(false);
        for (int second = 0; second <= 25; second++) {
            progress.report("training", second, 25, "rows");
            after(Duration.ofSeconds(1));
        }
        progress.report("training", 25, 25, "rows");
        assertThat(fresh().lines())
                .extracting(line -> line.replaceAll(" rows.*", ""))
                .containsExactly(
                        "training 0% 0 of 25",
                        "training 44% 11 of 25", "training 88% 22 of 25", "training 100% 25 of 25");
    }

    @Test
    void plainLines_ofSeveralWorks_haveClocksOfTheirOwn() {
        ConsoleProgress progress = progress(false);
        progress.report("training", 0, 100, "rows");
        after(Duration.ofSeconds(9));
        progress.report("evaluation", 0, 4, "checkpoints");
        after(Duration.ofSeconds(2));
        progress.report("evaluation", 1, 4, "checkpoints");
        progress.report("training", 10, 100, "rows");
        assertThat(fresh().lines())
                .extracting(line -> line.replaceAll(" .*", ""))
                .containsExactly("training", "evaluation", "training");
    }

    @Test
    void plainLines_holdNoControlCharacters() {
        ConsoleProgress progress = progress(false);
        progress.report("fetch", 0, 10, "bytes");
        progress.report("fetch", 10, 10, "bytes");
        progress.release();
        assertThat(fresh()).doesNotContain("\u001b").doesNotContain("\r[");
    }

    @Test
    void unknownTotal_showsWhatIsDoneAlone() {
        ConsoleProgress progress = progress(false);
        progress.report("reading", 0, -1, "files");
        after(Duration.ofSeconds(20));
        progress.report("reading", 10, -1, "files");
        assertThat(fresh().lines()).contains("reading 0 files", "reading 10 files, 0.50/s, took 0:20");
    }

    @Test
    void terminal_laterReport_isPaintedOverTheEarlier() {
        ConsoleProgress progress = progress(true);
        progress.report("harvest", 0, 100, "tokens");
        assertThat(fresh())
                .doesNotContain(UP.formatted(1))
                .contains("[                    ] harvest 0% 0 of 100 tokens");
        after(Duration.ofSeconds(1));
        progress.report("harvest", 50, 100, "tokens");
        assertThat(fresh())
                .contains(UP.formatted(1))
                .contains("[##########          ] harvest 50% 50 of 100 tokens, 50/s, 0:01 left");
        progress.report("training", 0, 10, "rows");
        assertThat(fresh()).contains(UP.formatted(1)).contains("harvest 50%").contains("training 0%");
        after(Duration.ofSeconds(1));
        progress.report("training", 10, 10, "rows");
        assertThat(fresh()).contains(UP.formatted(2)).contains("[####################] training 100% 10 of 10 rows");
    }

    @Test
    void terminal_reportsInQuickSuccession_arePaintedTenTimesASecondAtMost() {
        ConsoleProgress progress = progress(true);
        for (int i = 0; i < 1000; i++) {
            progress.report("training", i, 1000, "rows");
            after(Duration.ofMillis(1));
        }
        long painted = fresh().lines().filter(line -> line.contains("training")).count();
        assertThat(painted).isBetween(9L, 11L);
    }

    @Test
    void terminal_linesLongerThanItIsWide_doNotWrap() {
        ConsoleProgress progress = progress(true);
        progress.report("a work with a name that is longer than a narrow terminal is wide", 0, 100, "things");
        assertThat(fresh()).startsWith("\u001b[?7l").endsWith("\u001b[?7h");
    }

    @Test
    void terminal_afterRelease_isPaintedBelow() {
        ConsoleProgress progress = progress(true);
        progress.report("training", 10, 10, "rows");
        progress.release();
        fresh();
        progress.report("evaluation", 0, 4, "checkpoints");
        assertThat(fresh()).doesNotContain("A\r").doesNotContain("training").contains("evaluation 0%");
    }
}
