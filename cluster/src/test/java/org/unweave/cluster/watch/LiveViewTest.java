package org.unweave.cluster.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.cluster.watch.WatchEvents.json;
import static org.unweave.cluster.watch.WatchEvents.metrics;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unweave.cluster.http.ControlClient;

/** Pins that keys reach the node, that its answers reach the screen, and that the terminal is left as it was. */
@Timeout(120)
class LiveViewTest {
    private static final String ENTER_SCREEN = "\u001b[?1049h";
    private static final String LEAVE_SCREEN = "\u001b[?1049l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final OutputStream keyboard;
    private final Terminal terminal;
    private FakeNode node;

    LiveViewTest() throws IOException {
        PipedInputStream keys = new PipedInputStream();
        keyboard = new PipedOutputStream(keys);
        terminal = new ExternalTerminal("test", "xterm-256color", keys, written, StandardCharsets.UTF_8);
        terminal.setSize(new Size(100, 20));
    }

    @BeforeEach
    void start() throws IOException {
        node = FakeNode.start();
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        terminal.close();
    }

    private CompletableFuture<Outcome> show(boolean colours) {
        return CompletableFuture.supplyAsync(
                () -> {
                    NodeLink.Wanted wanted = new NodeLink.Wanted(WatchEvents.RUN, "INFO", true);
                    try (NodeLink link = new NodeLink(
                            node.address(),
                            address -> ControlClient.of(new ControlClient.Access(address, null, null, false)),
                            wanted)) {
                        return new LiveView(terminal, new WatchModel(WatchEvents.RUN), link, colours).show();
                    } catch (IOException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> new Thread(task).start());
    }

    private void type(String keys) throws IOException {
        keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
    }

    private String written() {
        return written.toString(StandardCharsets.UTF_8);
    }

    private void awaitWritten(String text) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!written().contains(text)) {
            assertThat(System.nanoTime())
                    .as("%s is awaited in %s", text, written())
                    .isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Test
    void keys_reachTheNode_andItsAnswersTheScreen() throws Exception {
        Attributes before = terminal.getAttributes();
        CompletableFuture<Outcome> outcome = show(true);
        awaitWritten("standard");
        assertThat(node.listener()).isEqualTo("run=study&level=INFO&after=0 null");
        type("p");
        assertThat(node.command()).isEqualTo("/runs/study/jobs/standard/pause");
        awaitWritten("refused: the job is done");
        type("\u001b[Bc");
        assertThat(node.command()).isEqualTo("/runs/study/jobs/topk-k64/checkpoint");
        awaitWritten("topk-k64 is to write a checkpoint");
        type("sy");
        assertThat(node.command()).isEqualTo("/runs/study/stop");
        type("q");
        assertThat(outcome.get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.DONE);
        assertThat(written()).startsWith(ENTER_SCREEN).contains(SHOW_CURSOR);
        assertThat(written().indexOf(LEAVE_SCREEN)).isGreaterThan(written().lastIndexOf("standard"));
        assertThat(terminal.getAttributes()).hasToString(before.toString());
    }

    @Test
    void events_areDrawn_andLittleElseIs() throws Exception {
        CompletableFuture<Outcome> outcome = show(false);
        awaitWritten("standard");
        int whole = written.size();
        node.tell("metrics", metrics("topk-k64", 100, 0.4567, 64, 10));
        awaitWritten("0.457");
        assertThat(written.size() - whole).isLessThan(whole);
        node.tell("run", json("{'run':'study','state':'done'}"));
        awaitWritten("q quits");
        assertThat(written()).doesNotContain("\u001b[3", "\u001b[1m");
        type("q");
        assertThat(outcome.get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.DONE);
    }

    @Test
    void interrupt_endsTheViewAndLeavesTheTerminalAsItWas() throws Exception {
        CompletableFuture<Outcome> outcome = show(true);
        awaitWritten("standard");
        terminal.raise(Terminal.Signal.INT);
        assertThat(outcome.get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.INTERRUPTED);
        assertThat(written()).contains(LEAVE_SCREEN, SHOW_CURSOR);
    }

    @Test
    void nodeThatRefuses_endsTheViewWithItsReason_andLeavesTheTerminalAsItWas() {
        node.want("secret");
        CompletableFuture<Outcome> outcome = show(true);
        assertThat(outcome)
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("--token-file");
        assertThat(written()).contains(LEAVE_SCREEN, SHOW_CURSOR);
    }

    @Test
    void window_ofAnotherSize_isDrawnAnew() throws Exception {
        CompletableFuture<Outcome> outcome = show(true);
        awaitWritten("standard");
        awaitWritten(node.address().toString());
        int before = written.size();
        terminal.setSize(new Size(30, 5));
        terminal.raise(Terminal.Signal.WINCH);
        awaitWritten(Glyphs.of(StandardCharsets.UTF_8).ellipsis());
        assertThat(written().substring(Math.min(before, written().length()))).doesNotContain("http://");
        type("q");
        assertThat(outcome.get(60, TimeUnit.SECONDS)).isEqualTo(Outcome.DONE);
    }
}
