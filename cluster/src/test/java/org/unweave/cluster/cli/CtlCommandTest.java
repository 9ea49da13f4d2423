package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.actors.Supervisor;
import org.unweave.cluster.http.ControlRoutes;
import org.unweave.model.train.JobFolder;

/** What a command line makes of its words: the supervisor's message, or an exit code that says who is wrong. */
class CtlCommandTest {
    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Supervisor.Command> supervisor = kit.createTestProbe(Supervisor.Command.class);
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String node = "";
    private CompletableFuture<ServerBinding> server = new CompletableFuture<>();

    @TempDir
    Path folder;

    @BeforeEach
    void start() {
        server = Http.get(kit.system())
                .newServerAt("127.0.0.1", 0)
                .bind(ControlRoutes.of(supervisor.getRef(), kit.system()))
                .toCompletableFuture();
        node = URI.create("http:/" + server.join().localAddress()).toString();
    }

    @AfterEach
    void stop() {
        server.join().unbind().toCompletableFuture().join();
        kit.shutdownTestKit();
    }

    private int execute(boolean terminal, String answer, String... words) {
        List<String> all = new ArrayList<>(List.of("ctl"));
        all.addAll(List.of(words));
        all.addAll(List.of("--node", node));
        Console console = new Console(new PrintWriter(out, true), new PrintWriter(err, true), terminal, () -> answer);
        return Unweave.execute(all.toArray(String[]::new), console);
    }

    private int execute(String... words) {
        return execute(false, "", words);
    }

    /** The message that a command sends, which is taken. */
    private <T extends Supervisor.Control> T sent(Class<T> type, String... words) {
        CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> execute(words));
        T message = supervisor.expectMessageClass(type);
        message.replyTo().tell(new Supervisor.Answer(true, ""));
        assertThat(exit.join()).as(err.toString()).isZero();
        return message;
    }

    @Test
    void commands_areTheSupervisorsMessages() throws IOException {
        Supervisor.SetJob set = sent(Supervisor.SetJob.class, "set", "r/j", "k=64", "learning-rate=1e-4");
        assertThat(set.values()).isEqualTo(Map.of("k", "64", "learning-rate", "1e-4"));
        assertThat(set.run() + " " + set.job()).isEqualTo("r j");
        Supervisor.ForkJob fork =
                sent(Supervisor.ForkJob.class, "fork", "r/j", "--as", "b", "--set", "k=3", "--set", "gradient-clip=2");
        assertThat(fork.as()).isEqualTo("b");
        assertThat(fork.values()).isEqualTo(Map.of("k", "3", "gradient-clip", "2"));
        assertThat(sent(Supervisor.ForkJob.class, "fork", "r/j", "--as", "b").values())
                .isEmpty();
        Path entry = Files.writeString(folder.resolve("e.conf"), "variant = topk\n");
        assertThat(sent(Supervisor.AddJob.class, "add", "r", entry.toString()).entry())
                .isEqualTo("variant = topk\n");
        assertThat(sent(Supervisor.EvaluateJob.class, "evaluate", "r/j").step()).isEqualTo(Supervisor.NEWEST);
        assertThat(sent(Supervisor.EvaluateJob.class, "evaluate", "r/j", "--step", "30")
                        .step())
                .isEqualTo(30);
        assertThat(sent(Supervisor.StopJob.class, "stop", "r/j", "--yes").job()).isEqualTo("j");
        assertThat(sent(Supervisor.StopRun.class, "stop", "r", "--yes").run()).isEqualTo("r");
        assertThat(sent(Supervisor.Drain.class, "drain", "127.0.0.1:25520", "--yes")
                        .node())
                .isEqualTo("127.0.0.1:25520");
        assertThat(sent(Supervisor.PauseJob.class, "pause", "r/j").job()).isEqualTo("j");
        assertThat(sent(Supervisor.ResumeJob.class, "resume", "r/j").job()).isEqualTo("j");
        assertThat(sent(Supervisor.CheckpointJob.class, "checkpoint", "r/j").job())
                .isEqualTo("j");
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "set r/j              | KEY=VALUE",
                "set r/j k            | k",
                "set r k=3            | is no RUN/JOB, as study-1/topk-k64",
                "pause r/j/k          | is no RUN/JOB",
                "pause r/J            | is no RUN/JOB",
                "fork r/j             | --as",
                "fork r/j --as B      | --as: \"B\" is no name of a job",
                "evaluate r/j --step x | --step",
                "evaluate r/j --step -3 | --step",
                "stop r               | stop r? Nobody can be asked here; give --yes if it is meant",
                "stop r/j             | give --yes",
                "stop r/j/k --yes     | is no RUN or RUN/JOB",
                "drain here:25520     | give --yes",
                "drain here --yes     | is no HOST:PORT",
                "add r nowhere.conf   | nowhere.conf cannot be read",
                "destroy r            | 'destroy'"
            })
    void wrongArguments_areTwo_andNothingIsAsked(String line, String message) {
        assertThat(execute(line.strip().split(" +"))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
        supervisor.expectNoMessage(Duration.ofMillis(100));
    }

    @Test
    void refusal_isOne_withTheReason() {
        CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> execute("set", "r/j", "k=0"));
        supervisor
                .expectMessageClass(Supervisor.SetJob.class)
                .replyTo()
                .tell(new Supervisor.Answer(false, "k: 0 is below the least value 1"));
        assertThat(exit.join()).isEqualTo(1);
        assertThat(err.toString()).startsWith("unweave: ").contains("k: 0 is below the least value 1");
    }

    @Test
    void answers_areJson_whereThatIsWanted() {
        sent(Supervisor.PauseJob.class, "pause", "r/j", "--json");
        assertThat(out.toString().strip()).isEqualTo("{\"taken\":true}");
        CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> execute("pause", "r/j", "--json"));
        supervisor
                .expectMessageClass(Supervisor.PauseJob.class)
                .replyTo()
                .tell(new Supervisor.Answer(false, "it is paused"));
        assertThat(exit.join()).isEqualTo(1);
        assertThat(out.toString()).contains("\"taken\":false,\"status\":409,\"problem\":", "it is paused");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void destroyingCommand_asksFirstOnATerminal() {
        assertThat(execute(true, "no", "stop", "r")).isEqualTo(1);
        assertThat(err.toString()).contains("stop r? [y/N]", "nothing was done");
        supervisor.expectNoMessage(Duration.ofMillis(100));
        CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> execute(true, " Y ", "stop", "r"));
        supervisor.expectMessageClass(Supervisor.StopRun.class).replyTo().tell(new Supervisor.Answer(true, ""));
        assertThat(exit.join()).isZero();
    }

    private <T extends Supervisor.Command> void answer(Class<T> type, Function<T, Runnable> answer) {
        answer.apply(supervisor.expectMessageClass(type)).run();
    }

    @Test
    void status_hasTheJobsAndWhatWasSet() {
        for (boolean json : new boolean[] {false, true}) {
            CompletableFuture<Integer> exit =
                    CompletableFuture.supplyAsync(() -> json ? execute("status", "--json") : execute("status"));
            answer(
                    Supervisor.GetOverview.class,
                    asked -> () -> asked.replyTo()
                            .tell(new Supervisor.Overview(List.of(new Supervisor.RunLine("r", "running")), List.of())));
            answer(
                    Supervisor.GetStatus.class,
                    asked -> () -> asked.replyTo()
                            .tell(new Supervisor.Status(
                                    "r",
                                    "running",
                                    "/runs/r",
                                    List.of(new JobFolder.Standing(
                                            "j", "topk", "running", 7, 60, 4, 1, 2, 0, "k=64@5", "")),
                                    0,
                                    List.of())));
            assertThat(exit.join()).isZero();
        }
        assertThat(out.toString()).contains("step 7 of 60, 0 restarts k=64@5", "\"set\" : \"k=64@5\"");
    }

    @ParameterizedTest
    @CsvSource({"ctl --help", "ctl set --help", "ctl fork --help", "ctl stop --help", "ctl add --help"})
    void help_isDone(String line) {
        Console console = new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, () -> "");
        assertThat(Unweave.execute(line.split(" "), console)).isZero();
        assertThat(out.toString()).contains("Usage: unweave ctl");
    }
}
