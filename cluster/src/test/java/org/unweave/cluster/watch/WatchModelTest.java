package org.unweave.cluster.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.unweave.cluster.watch.WatchEvents.job;
import static org.unweave.cluster.watch.WatchEvents.json;
import static org.unweave.cluster.watch.WatchEvents.metrics;
import static org.unweave.cluster.watch.WatchEvents.node;
import static org.unweave.cluster.watch.WatchEvents.running;
import static org.unweave.cluster.watch.WatchEvents.status;

import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Pins what is known of a run after events, in whatever order and however often they come. */
class WatchModelTest {
    private static JobPicture find(WatchModel model, String name) {
        return model.jobs().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Iterable<String> texts(Iterable<News> news) {
        return StreamSupport.stream(news.spliterator(), false).map(News::text).toList();
    }

    @Test
    void metrics_tellStepPaceAndTimeLeft() {
        JobPicture job = find(running(), "topk-k64");
        assertThat(job.step()).isEqualTo(80);
        assertThat(job.last(Series.LOSS)).isEqualTo(0.0625);
        assertThat(job.curve(Series.LOSS).size()).isEqualTo(8);
        // 10 updates took 2 s, of which 0.4 s were rest: 120 are left.
        assertThat(job.secondsLeft()).isCloseTo(120 * 0.16, within(1e-9));
        assertThat(job.timeSpent()).isEqualTo("compute 50%, data 10%, slot 20%, paused 20%");
    }

    @Test
    void oneLineOfMetrics_isEnoughForTimeLeft() {
        // 150 updates of 128 rows, 1234.5 rows a second.
        assertThat(find(running(), "standard").secondsLeft()).isCloseTo(150 * 128 / 1234.5, within(1e-9));
    }

    @Test
    void l0_isOffTarget_beyondTenPercent() {
        WatchModel model = running();
        assertThat(find(model, "topk-k64").offTarget()).isFalse();
        assertThat(find(model, "standard").offTarget()).isTrue();
        model.happened("metrics", metrics("standard", 60, 0.4, 70.3, 12));
        assertThat(find(model, "standard").offTarget()).isFalse();
        model.happened("metrics", metrics("standard", 70, 0.4, 70.5, 14));
        assertThat(find(model, "standard").offTarget()).isTrue();
    }

    @Test
    void restart_takesTheCurveBackToTheCheckpoint() {
        WatchModel model = running();
        assertThat(texts(model.happened("job", job("topk-k64", "restarting", "", 40, 1, "no number"))))
                .containsExactly("topk-k64 is restarting at step 40, restarts 1: no number");
        model.happened("metrics", metrics("topk-k64", 50, 0.25, 64, 1));
        JobPicture job = find(model, "topk-k64");
        assertThat(job.step()).isEqualTo(50);
        assertThat(job.curve(Series.LOSS).size()).isEqualTo(5);
        assertThat(job.last(Series.LOSS)).isEqualTo(0.25);
    }

    @Test
    void standing_thatIsOlderThanMetrics_takesNothingBack() {
        WatchModel model = running();
        model.standing(status("running"));
        assertThat(find(model, "topk-k64").step()).isEqualTo(80);
    }

    @Test
    void eventsHeardTwice_areNoNewsTheSecondTime() {
        WatchModel model = running();
        for (String[] event : new String[][] {
            {"checkpoint", "{'run':'study','job':'topk-k64','step':20,'sha256':'ab','size_bytes':11534336}"},
            {
                "evaluated",
                "{'run':'study','job':'topk-k64','step':20,'judgement':'scheduled','problem':'','numbers':{'core.l0':64}}"
            },
            {"job", "{'run':'study','job':'topk-k64','state':'paused','node':'n1:25520','step':20,'steps':200}"},
            {"run", "{'run':'study','state':'stopping'}"}
        }) {
            assertThat(model.happened(event[0], json(event[1]))).hasSize(1);
            assertThat(model.happened(event[0], json(event[1]))).isEmpty();
        }
        assertThat(texts(model.news()))
                .endsWith(
                        "topk-k64 has a checkpoint at step 20, 11.0 MiB",
                        "topk-k64 at step 20 is judged: core.l0 64.0",
                        "topk-k64 is paused on n1:25520",
                        "run study is stopping");
    }

    @Test
    void eventsOfAnotherRun_changeNothing() {
        WatchModel model = running();
        assertThat(model.happened("run", json("{'run':'other','state':'done'}")))
                .isEmpty();
        assertThat(model.happened("job", json("{'run':'other','job':'x','state':'done'}")))
                .isEmpty();
        assertThat(model.over()).isFalse();
        assertThat(model.jobs()).hasSize(2);
    }

    @Test
    void nodes_comeAndGo() {
        WatchModel model = running();
        model.happened("node", node("n2:25520"));
        assertThat(model.happened("node-joined", json("{'node':'n2:25520'}"))).isEmpty();
        assertThat(model.nodes()).extracting(NodePicture::name).containsExactly("n1:25520", "n2:25520");
        assertThat(texts(model.happened("node-lost", json("{'node':'n1:25520'}"))))
                .containsExactly("node n1:25520 is lost");
        assertThat(model.nodes()).extracting(NodePicture::name).containsExactly("n2:25520");
    }

    @Test
    void outcome_isOfJobsAndJudgements() {
        WatchModel done = running();
        done.happened("run", json("{'run':'study','state':'done'}"));
        assertThat(done.over()).isTrue();
        assertThat(Outcome.of(done)).isEqualTo(Outcome.DONE);
        done.happened(
                "evaluated",
                json(
                        "{'run':'study','job':'topk-k64','step':200,'judgement':'scheduled','problem':'no texts','numbers':{}}"));
        assertThat(Outcome.of(done)).isEqualTo(Outcome.FAILED);

        WatchModel failed = running();
        failed.happened("job", job("standard", "failed", "", 50, 3, "no number"));
        failed.happened("run", json("{'run':'study','state':'done'}"));
        assertThat(Outcome.of(failed)).isEqualTo(Outcome.FAILED);

        WatchModel stopped = running();
        stopped.happened("run", json("{'run':'study','state':'stopped'}"));
        assertThat(Outcome.of(stopped)).isEqualTo(Outcome.INTERRUPTED);
    }

    @Test
    void history_isTakenInPlaceOfWhatIsKnown_andNumbersThatAreNoneAreLeftOut() {
        WatchModel model = running();
        model.history(json("{'run':'study','split':'train','jobs':[{'job':'standard','available':[],'series':{"
                + "'loss':{'step':[10,20,90],'value':[0.9,0.8,0.7]},'l0':{'step':[10],'value':[80]}}}]}"));
        JobPicture job = find(model, "standard");
        assertThat(job.step()).isEqualTo(90);
        assertThat(job.last(Series.LOSS)).isEqualTo(0.7);
        model.happened("metrics", json("{'run':'study','job':'standard','split':'train','step':100,'loss':null}"));
        assertThat(job.last(Series.LOSS)).isEqualTo(0.7);
        assertThat(job.step()).isEqualTo(100);
    }

    @Test
    void log_isKept_andItsWarningsAreNews_withoutWhatATerminalWouldObey() {
        WatchModel model = running();
        String line =
                "{'time':'2026-11-29T12:00:01.5Z','level':'%s','logger':'x','run':'study','job':'','message':'%s'}";
        assertThat(model.happened("log", json(line.formatted("INFO", "quiet")))).isEmpty();
        assertThat(texts(model.happened("log", json(line.formatted("WARN", "disk\\u001b[31m full\\nnow")))))
                .containsExactly("warn: disk [31m full now");
        assertThat(texts(model.log())).containsExactly("12:00:01 INFO  quiet", "12:00:01 WARN  disk [31m full now");
    }

    @Test
    void curve_ofManyPoints_isThinnedAndKeepsItsShape() {
        Curve curve = new Curve();
        for (int i = 0; i < 10_000; i++) {
            curve.add(i, i);
        }
        assertThat(curve.size()).isBetween(400, 1024);
        assertThat(curve.last()).isEqualTo(9999);
        double[] parts = curve.parts(4);
        assertThat(parts[0]).isCloseTo(1250, within(250.0));
        assertThat(parts[3]).isCloseTo(8750, within(250.0));
    }
}
