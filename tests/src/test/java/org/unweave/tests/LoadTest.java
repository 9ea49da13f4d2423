package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.actors.JournalEntry;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.wire.WireSerializer;

/**
 * Sixty-four jobs train on nodes while eight clients command them without a pause: every message is answered and has its
 * effect, no mailbox and no heap grows with them, and the jobs end with the bits of a run in one process.
 *
 * <p>The property {@code unweave.control-messages} says how many messages are sent; where they are more than usual, there are
 * four nodes in place of two.
 */
class LoadTest {
    private static final int USUAL_MESSAGES = 800;
    private static final int MESSAGES = Integer.getInteger("unweave.control-messages", USUAL_MESSAGES);
    private static final int CLIENTS = 8;
    private static final int JOBS = 64;
    private static final int NODES = MESSAGES > USUAL_MESSAGES ? 4 : 2;
    private static final int CHECKPOINTS = 5;
    private static final int STEPS = Math.max(100, MESSAGES / 8 / CHECKPOINTS * CHECKPOINTS);
    private static final int BATCH_ROWS = 8;
    private static final int METRICS_STEPS = 10;
    // Heaps are compared from here on: what a JVM loads and compiles at first is there then.
    private static final int FIRST_MESSAGES = MESSAGES / 5;
    private static final int SAMPLES = 2;
    // A client has one message on its way; what actors tell each other because of it, and by their clocks, comes to it.
    private static final int MOST_WAITING_MESSAGES = 1000;
    private static final long MOST_GROWTH_BYTES = 48L << 20;

    @TempDir
    private static Path folder;

    private static Path cache;
    private static SmallInputs inputs;
    private static ActorTestKit kit;
    private static RunResults undisturbed;

    @BeforeAll
    static void run() throws IOException, InterruptedException {
        kit = ActorTestKit.create("load");
        inputs = SmallInputs.write(folder);
        cache = Caches.withBundle(folder.resolve("cache"));
        CommandLine.expect(CommandLine.smoke("run", folder.resolve("local"), cache, overrides()));
        undisturbed = new RunResults(folder.resolve("local/run"));
        assertThat(undisturbed.jobs()).hasSize(JOBS);
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    private static List<String> overrides() {
        return inputs.overrides(
                "data.tokens=4096",
                "data.held-out-tokens=64",
                "train.rows=" + STEPS * BATCH_ROWS,
                "train.batch-rows=" + BATCH_ROWS,
                "train.checkpoint-share=" + 1.0 / CHECKPOINTS,
                "train.evaluate-at=[]",
                "eval.controls=[]",
                "train.keep=1",
                "train.metrics-every-steps=" + METRICS_STEPS,
                "job.k=4",
                "job.features=64",
                "jobs=[{ variant = topk, features = [64, 96], seed = " + seeds() + " },"
                        + " { variant = batch-topk, seed = " + seeds() + " },"
                        + " { variant = standard, seed = " + seeds() + " }]",
                "supervision.max-restarts=0");
    }

    private static List<Integer> seeds() {
        return IntStream.rangeClosed(1, JOBS / 4).boxed().toList();
    }

    @Test
    void waitingMessages_areCounted() throws IOException, InterruptedException {
        CountDownLatch stands = new CountDownLatch(1);
        ActorRef<String> standing = kit.spawn(Behaviors.receiveMessage(message -> {
            stands.await();
            return Behaviors.same();
        }));
        for (int i = 0; i < 2 * MOST_WAITING_MESSAGES; i++) {
            standing.tell("wait");
        }
        try {
            assertThat(LiveHeap.of(ProcessHandle.current().pid()).waiting()).isGreaterThan(MOST_WAITING_MESSAGES);
        } finally {
            stands.countDown();
        }
    }

    @Test
    void commands_whileJobsTrain_allHaveTheirEffect_andNothingGrows(TestReporter reporter) throws Exception {
        try (TestCluster cluster = start();
                RunProcess submit = submit(cluster)) {
            RunResults results = new RunResults(cluster.runs().resolve("run"));
            submit.await(() -> allTrain(results));
            List<Commander> commanders = commanders(cluster);
            Stage first = command(cluster, commanders, FIRST_MESSAGES);
            Stage rest = command(cluster, commanders, MESSAGES - FIRST_MESSAGES);
            for (int i = 0; i < NODES; i++) {
                assertThat(rest.heaps().get(i).bytes() - first.heaps().get(i).bytes())
                        .as("growth of node %d, from %s to %s", i, first, rest)
                        .isLessThan(MOST_GROWTH_BYTES);
            }
            Set<String> paused = new HashSet<>();
            commanders.forEach(one -> paused.addAll(one.paused()));
            submit.await(() -> stand(cluster, paused));
            assertThat(stand(cluster, paused))
                    .as(status(cluster) + cluster.logs())
                    .isTrue();
            assertThat(paused).hasSizeBetween(JOBS / 8, JOBS);
            commanders.forEach(Commander::resumePaused);
            assertThat(submit.end()).as(submit + cluster.logs()).isZero();
            for (TestCluster.Node node : cluster.nodes()) {
                assertThat(node.process().alive()).as(cluster.logs()).isTrue();
                node.kill();
            }
            Commander.Tally tally = new Commander.Tally();
            commanders.forEach(one -> tally.add(one.tally()));
            assertThat(tally.all()).isGreaterThanOrEqualTo(MESSAGES / CLIENTS * CLIENTS);
            assertJournal(cluster, tally);
            assertSameBits(results);
            reporter.publishEntry("answered", tally.toString());
            reporter.publishEntry("first " + FIRST_MESSAGES, first.toString());
            reporter.publishEntry("the rest", rest.toString());
        }
    }

    // Nobody is killed here, so a node that is held up is waited for.
    private static TestCluster start() throws IOException, InterruptedException {
        return TestCluster.start(
                folder.resolve("cluster"),
                cache,
                Collections.nCopies(
                        NODES,
                        new TestCluster.Plan(
                                TestCluster.ALL_ROLES, List.of("-Xmx512m"), List.of("--stable-after", "60"))));
    }

    private static RunProcess submit(TestCluster cluster) throws IOException {
        List<String> arguments =
                new ArrayList<>(CommandLine.smoke("run", folder.resolve("elsewhere"), cache, overrides()));
        arguments.set(0, "submit");
        arguments.addAll(List.of("--node", cluster.nodes().getFirst().url()));
        return RunProcess.start(folder, Map.of(), arguments);
    }

    private static List<Commander> commanders(TestCluster cluster) {
        List<String> jobs = undisturbed.jobs();
        int own = JOBS / CLIENTS;
        return IntStream.range(0, CLIENTS)
                .mapToObj(i -> new Commander(
                        cluster.client(cluster.nodes().get(i % NODES)),
                        "run",
                        JOBS,
                        jobs.subList(i * own, (i + 1) * own),
                        STEPS * 3 / 4,
                        i))
                .toList();
    }

    /**
     * How it went.
     *
     * @param mostWaiting messages in the mailboxes of a node, the most that was seen
     * @param heaps of the nodes, when all messages were answered
     */
    private record Stage(
            double messagesPerSecond, double medianMs, double ms99, long mostWaiting, List<LiveHeap> heaps) {}

    /** Has so many messages sent, looks at the mailboxes meanwhile, and gives each node's heap when all are answered. */
    private static Stage command(TestCluster cluster, List<Commander> commanders, int messages)
            throws IOException, InterruptedException {
        int each = messages / commanders.size();
        long mostWaiting = 0;
        long start = System.nanoTime();
        double seconds;
        Semaphore answered = new Semaphore(0);
        Queue<Double> millis = new ConcurrentLinkedQueue<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(commanders.size())) {
            List<Future<?>> ends = new ArrayList<>();
            for (Commander commander : commanders) {
                ends.add(threads.submit(() -> {
                    try {
                        for (int i = 0; i < each; i++) {
                            millis.add(commander.command());
                            answered.release();
                        }
                    } finally {
                        answered.release(each); // Whoever fails is not waited for.
                    }
                }));
            }
            for (int sample = 0; sample < SAMPLES; sample++) {
                assertThat(answered.tryAcquire(messages / (SAMPLES + 1), 8, TimeUnit.MINUTES))
                        .as(cluster.logs())
                        .isTrue();
                for (LiveHeap heap : heaps(cluster)) {
                    mostWaiting = Math.max(mostWaiting, heap.waiting());
                }
            }
            for (Future<?> end : ends) {
                try {
                    end.get();
                } catch (ExecutionException e) {
                    throw new AssertionError(cluster.logs(), e.getCause());
                }
            }
            seconds = (System.nanoTime() - start) / 1e9;
        }
        assertThat(mostWaiting).as("messages in a node's mailboxes").isLessThan(MOST_WAITING_MESSAGES);
        List<Double> sorted = millis.stream().sorted().toList();
        return new Stage(
                messages / seconds,
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 99 / 100),
                mostWaiting,
                heaps(cluster));
    }

    private static List<LiveHeap> heaps(TestCluster cluster) throws IOException, InterruptedException {
        List<LiveHeap> heaps = new ArrayList<>();
        for (TestCluster.Node node : cluster.nodes()) {
            heaps.add(LiveHeap.of(node.process().pid()));
        }
        return heaps;
    }

    private static boolean allTrain(RunResults results) {
        return undisturbed.jobs().stream()
                .allMatch(job -> Files.exists(results.folder().resolve("jobs/" + job + "/metrics.jsonl")));
    }

    private static JsonNode status(TestCluster cluster) {
        try (ControlClient client = cluster.client(cluster.nodes().getLast())) {
            return client.get("/api/v1/runs/run");
        } catch (ControlException notYet) {
            return MissingNode.getInstance();
        }
    }

    /** Whether each job does what it was told last; the last update may have been made before a pause came. */
    private static boolean stand(TestCluster cluster, Set<String> paused) {
        JsonNode jobs = status(cluster).path("jobs");
        for (JsonNode job : jobs) {
            String state = job.path("state").asText();
            String wanted = paused.contains(job.path("job").asText()) ? "paused" : "running";
            if (!state.equals(wanted) && !state.equals("done")) {
                return false;
            }
        }
        return jobs.size() == JOBS;
    }

    private static void assertJournal(TestCluster cluster, Commander.Tally tally) throws SQLException, IOException {
        List<JournalEntry> entries = SupervisorJournal.read(
                cluster.runs(), new WireSerializer((ExtendedActorSystem) Adapter.toClassic(kit.system())));
        Commander.Tally journaled = new Commander.Tally();
        Map<String, Boolean> checkpointOwed = new HashMap<>();
        Set<String> done = new HashSet<>();
        for (JournalEntry entry : entries) {
            switch (entry) {
                case JournalEntry.PauseWanted wanted when wanted.paused() -> journaled.pauses++;
                case JournalEntry.PauseWanted wanted -> journaled.resumes++;
                case JournalEntry.CheckpointWanted wanted -> {
                    journaled.checkpoints++;
                    checkpointOwed.put(wanted.job(), true);
                }
                case JournalEntry.CheckpointKept kept -> checkpointOwed.put(kept.job(), false);
                case JournalEntry.JobDone one -> {
                    assertThat(done.add(one.job()))
                            .as(one.job() + " was done once")
                            .isTrue();
                    checkpointOwed.put(one.job(), false); // Its last is written before.
                }
                default -> {}
            }
        }
        assertThat(journaled.pauses).isEqualTo(tally.pauses);
        assertThat(journaled.resumes).isEqualTo(tally.resumes);
        assertThat(journaled.checkpoints).isEqualTo(tally.checkpoints);
        assertThat(checkpointOwed).doesNotContainValue(true);
        assertThat(done).hasSize(JOBS);
    }

    private static void assertSameBits(RunResults results) {
        assertThat(results.jobs()).isEqualTo(undisturbed.jobs());
        String last = "%09d".formatted(STEPS);
        for (String job : results.jobs()) {
            assertThat(results.stateSha256(job, last)).as(job).isEqualTo(undisturbed.stateSha256(job, last));
            assertThat(lines(results, job)).as(job).isEqualTo(lines(undisturbed, job));
            JsonNode state = results.json("jobs/" + job + "/state.json");
            assertThat(state.path("state").asText()).as(job).isEqualTo("done");
            assertThat(state.path("restarts").asInt()).as(job).isZero();
        }
    }

    private static List<JsonNode> lines(RunResults results, String job) {
        return results.metrics(job, "train").stream()
                .<JsonNode>map(line -> ((ObjectNode) line).without(List.of("wall_s", "rows_per_second")))
                .toList();
    }
}
