package org.unweave.cluster.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.unweave.cluster.watch.WatchEvents.job;
import static org.unweave.cluster.watch.WatchEvents.json;
import static org.unweave.cluster.watch.WatchEvents.metrics;
import static org.unweave.cluster.watch.WatchEvents.node;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;

/** Pins what is printed where nobody looks at a screen, and that a broken connection is made again. */
@Timeout(120)
class PlainViewTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private FakeNode node;

    @BeforeEach
    void start() throws Exception {
        node = FakeNode.start();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private static ControlClient client(URI address) {
        return ControlClient.of(new ControlClient.Access(address, null, null, false));
    }

    private Outcome show(boolean json) throws InterruptedException {
        WatchModel model = new WatchModel(WatchEvents.RUN);
        NodeLink.Wanted wanted = new NodeLink.Wanted(WatchEvents.RUN, "WARN", false);
        try (NodeLink link = new NodeLink(node.address(), PlainViewTest::client, wanted)) {
            return new PlainView(model, link, new PrintWriter(out, true), new PrintWriter(err, true), json).show();
        }
    }

    @Test
    void changes_areALineEach_andEveryTenthLineOfMetrics() throws Exception {
        node.tell("job", job("topk-k64", "running", "n1:25520", 0, 0, ""));
        for (int i = 1; i <= 11; i++) {
            node.tell("metrics", metrics("topk-k64", i, 0.5, 80, i));
        }
        node.tell("node", node("n1:25520"));
        node.tell("node-lost", json("{'node':'n2:25520'}"));
        node.tell("run", json("{'run':'study','state':'done'}"));
        assertThat(show(false)).isEqualTo(Outcome.DONE);
        assertThat(out.toString().lines())
                .containsExactly(
                        "run study is running",
                        "standard is running at step 0 of 200",
                        "topk-k64 is running at step 0 of 200",
                        "topk-k64 is running on n1:25520",
                        "topk-k64 step 10 of 200, 1,235 rows/s, 2:32 left, loss 0.500, L0 80.0 (target 64.0),"
                                + " variance explained 0.741, dead 1.6%",
                        "node n2:25520 is lost",
                        "run study is done");
        assertThat(err.toString()).isEmpty();
        assertThat(node.listener()).isEqualTo("run=study&level=WARN null");
    }

    @Test
    void events_areLinesOfJson() throws Exception {
        node.tell("metrics", metrics("topk-k64", 1, 0.5, 64, 1));
        node.tell("run", json("{'run':'study','state':'stopped'}"));
        assertThat(show(true)).isEqualTo(Outcome.INTERRUPTED);
        assertThat(out.toString().lines().map(line -> json(line).path("event").asText()))
                .containsExactly("metrics", "run");
        assertThat(out.toString().lines().skip(1))
                .containsExactly(
                        "{\"id\":\"life-2\",\"event\":\"run\",\"data\":{\"run\":\"study\",\"state\":\"stopped\"}}");
    }

    @Test
    void connectionThatBreaks_isSaid_andMadeAgainWhereItWas() throws Exception {
        node.tell("node-lost", json("{'node':'n2:25520'}"));
        node.cut();
        node.tell("job", job("standard", "failed", "", 50, 3, "no number"));
        node.tell("run", json("{'run':'study','state':'done'}"));
        assertThat(show(false)).isEqualTo(Outcome.FAILED);
        assertThat(node.listener()).isEqualTo("run=study&level=WARN null");
        assertThat(node.listener()).isEqualTo("run=study&level=WARN life-1");
        assertThat(err.toString().lines())
                .containsExactly(
                        "unweave: the node ended the connection; trying again",
                        "unweave: the connection is there again");
        assertThat(out.toString().lines())
                .containsOnlyOnce("node n2:25520 is lost")
                .endsWith("standard is failed at step 50, restarts 3: no number", "run study is done");
    }

    @Test
    void runThatIsOverAlready_isSaid() throws Exception {
        node.stand(WatchEvents.status("done"));
        assertThat(show(false)).isEqualTo(Outcome.DONE);
        assertThat(out.toString().lines()).startsWith("run study is done");
    }

    @Test
    void nodeThatRefuses_isNotAskedAgain() {
        node.want("secret");
        assertThatThrownBy(() -> show(false))
                .isInstanceOf(ControlException.class)
                .hasMessageContainingAll(node.address().toString(), "--token-file");
    }
}
