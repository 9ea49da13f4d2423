package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import org.unweave.model.file.Durable;

/**
 * A small run that is disturbed while nodes work on it, and must come to what it comes to in one process: the same bits,
 * each line of metrics once, each checkpoint judged once.
 */
final class DisturbedRun {
    /** One for each of three nodes. */
    static final List<String> JOBS = List.of("dynamic-margin", "standard", "topk");

    private static final String NAME = "run";
    private static final Pattern STEP = Pattern.compile("\"step\":(\\d+),");
    private static final int END_BYTES = 8192;

    private static final Path FOLDER = Fork.folder("undisturbed");
    private static final Map<Size, DisturbedRun> MADE = new HashMap<>();

    /**
     * How large it is.
     *
     * @param evaluated how many checkpoints of each job are judged, at even distances
     * @param sequences that each is judged on: with more it takes longer
     */
    record Size(int steps, int checkpointSteps, int evaluated, int batchRows, int features, int sequences) {
        /** As quick as can be, and long enough for a few losses; what is judged, long enough to be seen in the midst of it. */
        static final Size USUAL = new Size(1600, 80, 4, 16, 64, 900);

        /** How many updates there are between two lines of metrics. */
        int lineSteps() {
            return checkpointSteps / 10;
        }
    }

    private final Path cache;
    private final Size size;
    private final List<String> overrides;
    private final RunResults undisturbed;

    private DisturbedRun(Path folder, Size size) throws IOException {
        this.cache = Caches.withBundle(folder.resolve("cache"));
        this.size = size;
        this.overrides = SmallInputs.write(folder)
                .overrides(
                        "data.tokens=4096",
                        "data.held-out-tokens=256",
                        "data.held-out-share=0.5", // so that there are sequences enough
                        "train.rows=" + size.steps * size.batchRows,
                        "train.batch-rows=" + size.batchRows,
                        "train.checkpoint-share=" + (double) size.checkpointSteps / size.steps,
                        "train.evaluate-at=" + shares(size.evaluated),
                        "train.metrics-every-steps=" + size.lineSteps(),
                        "job.features=" + size.features,
                        "job.k=4",
                        "supervision.max-restarts=0",
                        "eval.evaluations=[core]",
                        "eval.core.sequences=" + size.sequences,
                        "eval.core.context-tokens=32");
        Path local = folder.resolve("local");
        CommandLine.expect(CommandLine.smoke(NAME, local, cache, overrides));
        this.undisturbed = new RunResults(local.resolve(NAME));
    }

    /** Of the usual size. */
    static DisturbedRun make() throws IOException {
        return make(Size.USUAL);
    }

    /** Makes the run in one process, once for all tests that want it of the same size. */
    static synchronized DisturbedRun make(Size size) throws IOException {
        DisturbedRun made = MADE.get(size);
        if (made == null) {
            if (MADE.isEmpty()) {
                Durable.deleteRecursively(FOLDER);
            }
            made = new DisturbedRun(Files.createDirectories(FOLDER.resolve("run" + MADE.size())), size);
            MADE.put(size, made);
        }
        return made;
    }

    private static String shares(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> Double.toString((double) number / count))
                .collect(Collectors.joining(",", "[", "]"));
    }

    Path cache() {
        return cache;
    }

    Size size() {
        return size;
    }

    /** What it has otherwise than the preset smoke. */
    List<String> overrides() {
        return overrides;
    }

    /** Gives the run to a node, and follows it. */
    RunProcess submit(TestCluster cluster, TestCluster.Node entrance) throws IOException {
        return cluster.submit(entrance, overrides);
    }

    /** What the nodes have made of it. */
    static RunResults results(TestCluster cluster) {
        return new RunResults(cluster.runs().resolve(NAME));
    }

    /** Has a job stop working, and waits until it does. */
    static void pause(TestCluster cluster, TestCluster.Node node, String job) throws InterruptedException {
        command(cluster, node, "pause", job);
        node.process().await(() -> state(cluster, job).equals("paused"));
        assertThat(state(cluster, job)).as(cluster.logs()).isEqualTo("paused");
    }

    /** Has it work again. */
    static void resume(TestCluster cluster, TestCluster.Node node, String job) {
        command(cluster, node, "resume", job);
    }

    private static void command(TestCluster cluster, TestCluster.Node node, String word, String job) {
        CommandLine done = tell(cluster, node, word, job);
        assertThat(done.exitCode()).as(done + cluster.logs()).isZero();
    }

    /** Has a job commanded, whether there is a supervisor at the time or not. */
    static CommandLine tell(TestCluster cluster, TestCluster.Node node, String word, String job) {
        return cluster.command(node, "ctl", word, NAME + "/" + job);
    }

    /** How a job stands. */
    static String state(TestCluster cluster, String job) {
        return results(cluster)
                .json("jobs/" + job + "/state.json")
                .path("state")
                .asText();
    }

    /** How many checkpoints are still to be judged, of those that are there; -1 while nobody says. */
    static int evaluationsLeft(TestCluster cluster) {
        try (ControlClient client = cluster.client(cluster.nodes().getFirst())) {
            return client.get("/api/v1/runs/" + NAME).path("evaluationsLeft").asInt(-1);
        } catch (ControlException noAnswer) {
            return -1;
        }
    }

    /** The last step of a job that there is a line of. */
    static int step(TestCluster cluster, String job) {
        Path file = results(cluster).folder().resolve("jobs/" + job + "/metrics.jsonl");
        // Asked all the time, so no more than the end is read, and it is not parsed.
        try (SeekableByteChannel lines = Files.newByteChannel(file)) {
            ByteBuffer end = ByteBuffer.allocate(END_BYTES);
            lines.position(Math.max(0, lines.size() - END_BYTES)).read(end);
            Matcher found = STEP.matcher(new String(end.array(), 0, end.position(), StandardCharsets.UTF_8));
            int last = 0;
            while (found.find()) {
                last = Integer.parseInt(found.group(1));
            }
            return last;
        } catch (IOException e) {
            return 0; // It is not there yet, or is being replaced.
        }
    }

    /** The step that all jobs have come to. */
    static int leastStep(TestCluster cluster) {
        return JOBS.stream().mapToInt(job -> step(cluster, job)).min().orElse(0);
    }

    /** The run is over, and nothing of it is other than in one process. */
    void assertSameBits(TestCluster cluster) {
        RunResults results = results(cluster);
        assertThat(results.jobs()).isEqualTo(JOBS);
        String last = "%09d".formatted(size.steps);
        for (String job : JOBS) {
            assertThat(results.stateSha256(job, last)).as(job).isEqualTo(undisturbed.stateSha256(job, last));
            assertThat(lines(results, job)).as(job).isEqualTo(lines(undisturbed, job));
            JsonNode state = results.json("jobs/" + job + "/state.json");
            assertThat(state.path("state").asText()).isEqualTo("done");
            assertThat(state.path("restarts").asInt())
                    .as("the loss of a node is no failure")
                    .isZero();
        }
        assertThat(results.comparableReports()).isEqualTo(undisturbed.comparableReports());
        // A report that is there is left as it is: one written twice would say so.
        assertThat(cluster.logs()).doesNotContain("and is made anew");
        Placements placements = Placements.of(cluster);
        placements.assertOneWriterAtATime();
        // A kill while a checkpoint is written costs the whole interval before it.
        placements.assertLostAtMost(size.checkpointSteps);
        assertEpochsRise(results);
    }

    /** The lines without times, and without those of checkpoints that a job which was moved had written beside the schedule. */
    private List<JsonNode> lines(RunResults results, String job) {
        List<JsonNode> lines = results.metrics(job).stream()
                .filter(line -> line.path("split").asText().equals("train")
                        || line.path("step").asInt() % size.checkpointSteps == 0)
                .<JsonNode>map(line -> ((ObjectNode) line).without(List.of("wall_s", "rows_per_second")))
                .toList();
        assertThat(lines.stream()
                        .filter(line -> line.path("split").asText().equals("train"))
                        .map(line -> line.path("step").asInt()))
                .isEqualTo(IntStream.rangeClosed(1, size.steps / size.lineSteps())
                        .mapToObj(line -> line * size.lineSteps())
                        .toList());
        return lines;
    }

    /** A later checkpoint is of the same placement or a later one. */
    private static void assertEpochsRise(RunResults results) {
        for (String job : JOBS) {
            List<Integer> epochs = results.checkpoints(job).stream()
                    .map(step -> results.epoch(job, step))
                    .toList();
            assertThat(epochs).as(job).isSorted();
        }
    }
}
