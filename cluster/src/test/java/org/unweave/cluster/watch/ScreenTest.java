package org.unweave.cluster.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.cluster.watch.WatchEvents.job;
import static org.unweave.cluster.watch.WatchEvents.json;
import static org.unweave.cluster.watch.WatchEvents.running;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pins what a window shows, line by line, and that no line is wider and no screen higher than the window. */
class ScreenTest {
    private static final Link LIVE = new Link("http://127.0.0.1:8558", true, 0.2, 0);
    private static final Paint PLAIN = new Paint(Glyphs.of(StandardCharsets.UTF_8), false);
    private static final Paint ASCII = new Paint(Glyphs.of(StandardCharsets.US_ASCII), false);
    private static final Paint COLOURS = new Paint(Glyphs.of(StandardCharsets.UTF_8), true);

    private static List<String> lines(WatchModel model, View view, Link link, Paint paint, int columns, int rows) {
        return Screen.lines(model, view, link, paint, columns, rows).stream()
                .map(line -> line.toString().stripTrailing())
                .toList();
    }

    private static List<String> lines(WatchModel model, View view, int columns, int rows) {
        return lines(model, view, LIVE, PLAIN, columns, rows);
    }

    @Test
    void window_ofEightyColumns_showsWhatTellsMost() {
        assertThat(lines(running(), View.first().select("topk-k64"), 80, 14))
                .containsExactlyElementsOf("""
                        study  running  0:08, 0:19 left, 1 to judge                http://127.0.0.1:8558
                         job      state   progress         step rows/s left  loss   L0  var.ex dead rest
                         standard running ███░░░░░░░ 25% 50/200  1,235 0:16 0.432 97.3!  0.741 1.6%    0
                        >topk-k64 running ████░░░░░░ 40% 80/200  1,235 0:19 0.063 64.0   0.741 1.6%    0
                        ━ loss of topk-k64: 0.063, least 0.063, most 0.500 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
                        ███████████▄▄▄▄▄▄▄▄▄▄▄▃▃▃▃▃▃▃▃▃▃▃▃▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
                        topk; target L0 64.0; time: compute 50%, data 10%, slot 20%, paused 20%
                        ━ nodes ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
                        node n1:25520  slots 1 of 2 lent, 1 waiting, jobs 1, judging 1, heap 1.0 GiB of…
                        ━ news ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
                        topk-k64 is running on n1:25520
                        standard is running on n1:25520

                        p pause  r resume  c checkpoint  s stop  tab curve  l log  / filter  ? help  q …
                        """.lines().toList());
    }

    @Test
    void window_ofFortyColumns_showsWhatTellsMost() {
        assertThat(lines(running(), View.first(), LIVE, ASCII, 40, 6))
                .containsExactlyElementsOf("""
                        study  running  0:08, 0:19 left, 1 to j~
                         job      state       left  loss   L0
                        >standard running 25% 0:16 0.432 97.3!
                         topk-k64 running 40% 0:19 0.063 64.0

                        p pause  r resume  c checkpoint  s stop~
                        """.lines().toList());
    }

    @Test
    void window_ofTwoHundredColumns_showsAll() {
        assertThat(lines(running(), View.first(), 200, 5))
                .containsExactlyElementsOf("""
                        study  running  0:08, 0:19 left, 1 to judge                                                                                                                                        http://127.0.0.1:8558
                         job      state   progress                   step rows/s left  loss   L0  var.ex dead rest node     reason
                        >standard running █████░░░░░░░░░░░░░░░ 25% 50/200  1,235 0:16 0.432 97.3!  0.741 1.6%    0 n1:25520
                         topk-k64 running ████████░░░░░░░░░░░░ 40% 80/200  1,235 0:19 0.063 64.0   0.741 1.6%    0 n1:25520
                        p pause  r resume  c checkpoint  s stop  tab curve  l log  / filter  ? help  q quit
                        """.lines().toList());
    }

    @Test
    void window_ofTwentyByFive_showsRunAndJobs() {
        assertThat(lines(running(), View.first(), 20, 5))
                .containsExactlyElementsOf("""
                        study  running  0:0…
                         job           loss
                        >standard 25% 0.432
                         topk-k64 40% 0.063
                        p pause  r resume  …
                        """.lines().toList());
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,40", "200,1", "2,2", "20,5", "40,10", "80,24", "200,60", "400,7"})
    void lines_areAsManyAsRows_andNoWiderThanTheWindow(int columns, int rows) {
        WatchModel model = running();
        model.happened(
                "job",
                job("a-job-with-quite-a-long-name-k64-seed1", "failed", "", 7, 3, "\u6587\u5b57\u5316\u3051 of it"));
        model.happened(
                "log", json("{'time':'','level':'WARN','message':'\u6f22\u5b57\u6f22\u5b57\u6f22\u5b57\u6f22\u5b57'}"));
        for (View.Panel panel : View.Panel.values()) {
            for (View.Mode mode : View.Mode.values()) {
                View view = View.first().showing(panel).in(mode);
                for (Link link : List.of(LIVE, new Link("http://127.0.0.1:8558", false, 12, 4))) {
                    assertThat(Screen.lines(model, view, link, COLOURS, columns, rows))
                            .hasSize(rows)
                            .allMatch(line -> line.columnLength() <= columns);
                }
            }
        }
    }

    @Test
    void textThatIsTooWide_endsInAnEllipsis_atWideLettersToo() {
        assertThat(PLAIN.fit("abcdef", PLAIN.faint(), 4).toString()).isEqualTo("abc\u2026");
        assertThat(PLAIN.fit("\u6f22\u5b57\u6f22", PLAIN.faint(), 4).columnLength())
                .isLessThanOrEqualTo(4);
        assertThat(ASCII.fit("abcdef", ASCII.faint(), 4).toString()).isEqualTo("abc~");
        assertThat(PLAIN.fit("abcd", PLAIN.faint(), 4).toString()).isEqualTo("abcd");
    }

    @Test
    void colours_areLeftOutWhereTheyAreNotWanted() {
        WatchModel model = running();
        assertThat(Screen.lines(model, View.first(), LIVE, PLAIN, 120, 24))
                .allMatch(line -> line.toAnsi().equals(line.toString()));
        assertThat(Screen.lines(model, View.first(), LIVE, COLOURS, 120, 24))
                .anyMatch(line -> !line.toAnsi().equals(line.toString()));
        assertThat(Screen.lines(model, View.first(), LIVE, COLOURS, 120, 24).stream()
                        .map(AttributedString::toString))
                .isEqualTo(Screen.lines(model, View.first(), LIVE, PLAIN, 120, 24).stream()
                        .map(AttributedString::toString)
                        .toList());
    }

    @Test
    void manyJobs_areScrolledToTheChosenOne() {
        WatchModel model = new WatchModel(WatchEvents.RUN);
        for (int i = 10; i < 60; i++) {
            model.happened("job", job("topk-" + i, "running", "n1", 0, 0, ""));
        }
        List<String> shown = lines(model, View.first().select("topk-40"), 40, 6);
        assertThat(shown).hasSize(6).anyMatch(line -> line.startsWith(">topk-40 "));
        assertThat(lines(model, View.first().select("topk-59"), 40, 6))
                .anyMatch(line -> line.startsWith(">topk-59 "))
                .noneMatch(line -> line.contains("topk-40"));
        assertThat(lines(model, View.first().filterBy("k-2"), 40, 24))
                .filteredOn(line -> line.contains("topk-"))
                .hasSizeGreaterThan(9)
                .noneMatch(line -> line.contains("topk-30"));
    }

    @Test
    void lostConnection_isSaidWithTheAgeOfWhatIsShown() {
        Link lost = new Link("http://127.0.0.1:8558", false, 12.4, 3.6);
        assertThat(lines(running(), View.first(), lost, PLAIN, 80, 5).getFirst())
                .isEqualTo("study  running  0:08, 0:19 left, \u2026 no connection, data 12 s old, next try in 4 s");
        assertThat(lines(running(), View.first(), lost, PLAIN, 30, 5).getFirst())
                .endsWith("lost, 12 s old");
        Link silent = new Link("http://127.0.0.1:8558", true, 21, 0);
        assertThat(lines(running(), View.first(), silent, PLAIN, 80, 5).getFirst())
                .endsWith("data 21 s old");
    }

    @Test
    void question_filterAndWords_standInTheLastLine() {
        WatchModel model = running();
        assertThat(lines(model, View.first().in(View.Mode.SURE_TO_STOP), 80, 8).getLast())
                .isEqualTo("stop study? y/n (each job writes a checkpoint and ends)");
        assertThat(lines(model, View.first().in(View.Mode.FILTER).filterBy("topk"), 80, 8)
                        .getLast())
                .isEqualTo("/topk_");
        assertThat(lines(model, View.first().saying("refused: it is done"), 80, 8)
                        .getLast())
                .isEqualTo("refused: it is done");
        model.happened("run", json("{'run':'study','state':'done'}"));
        assertThat(lines(model, View.first(), 80, 8).getLast()).isEqualTo("the run is done; q quits");
    }

    @Test
    void helpAndLog_takeThePlaceOfTheNews() {
        WatchModel model = running();
        model.happened("log", json("{'time':'2026-11-29T12:00:01Z','level':'INFO','message':'hello'}"));
        assertThat(lines(model, View.first().showing(View.Panel.LOG), 80, 24))
                .contains("12:00:01 INFO  hello")
                .noneMatch(line -> line.contains("is running on"));
        assertThat(lines(model, View.first().showing(View.Panel.HELP), 80, 24))
                .anyMatch(line -> line.startsWith("p  r  "))
                .noneMatch(line -> line.contains("topk-k64"));
    }
}
