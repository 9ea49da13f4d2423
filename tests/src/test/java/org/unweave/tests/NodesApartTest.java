package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.file.Sha256;

/**
 * Nodes that share no folder: those without a common cache each harvest a part, and all work on the same activations; an
 * evaluator that does not see the folder of runs judges all the same, and its reports are where the run is.
 */
class NodesApartTest {
    private static final Pattern PULLED = Pattern.compile("activation shard \\S+ comes from http");

    @TempDir
    private Path folder;

    @Test
    void nodes_withCachesOfTheirOwn_andAnEvaluatorWithoutTheRun_makeTheBitsOfOneProcess()
            throws IOException, InterruptedException {
        List<String> overrides = SmallInputs.write(folder)
                .overrides(
                        "data.tokens=6000",
                        "data.shard-rows=1000",
                        "data.held-out-tokens=256",
                        "train.rows=4096",
                        "train.batch-rows=64",
                        "job.features=512",
                        "job.k=8",
                        "eval.evaluations=[core]",
                        "eval.core.sequences=4",
                        "eval.core.context-tokens=32");
        Path alone = Caches.withBundle(folder.resolve("alone"));
        CommandLine.expect(CommandLine.smoke("run", folder.resolve("local"), alone, overrides));
        RunResults undisturbed = new RunResults(folder.resolve("local/run"));
        Path own = folder.resolve("own");
        List<Path> caches = Stream.of("first", "second", "third")
                .map(name -> Caches.withBundle(folder.resolve(name)))
                .toList();

        try (TestCluster cluster = TestCluster.start(
                folder.resolve("cluster"),
                alone,
                List.of(
                        plan(caches.get(0), "supervisor", "trainer", "web"),
                        plan(caches.get(1), "trainer", "web"),
                        apart(caches.get(2), own)))) {
            try (RunProcess submit = cluster.submit(cluster.nodes().getFirst(), overrides)) {
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
            }

            Map<String, String> shards = shards(alone);
            assertThat(shards).hasSizeGreaterThan(6);
            for (Path cache : caches) {
                assertThat(shards(cache)).as(cache + cluster.logs()).isEqualTo(shards);
            }
            // Which of them, depends on which node came first.
            assertThat(PULLED.matcher(cluster.logs()).results().count())
                    .as(cluster.logs())
                    .isPositive();
            RunResults results = new RunResults(cluster.runs().resolve("run"));
            assertThat(results.jobs()).isEqualTo(undisturbed.jobs());
            for (String job : results.jobs()) {
                assertThat(results.stateSha256(job, "000000064"))
                        .as(job)
                        .isEqualTo(undisturbed.stateSha256(job, "000000064"));
            }
            assertThat(results.comparableReports()).isEqualTo(undisturbed.comparableReports());
        }
        // Of all checkpoints no more than the one that was judged last.
        try (Stream<Path> files = Files.walk(own)) {
            assertThat(files.filter(file -> file.endsWith("state.safetensors"))).hasSize(1);
        }
    }

    private static TestCluster.Plan plan(Path cache, String... roles) {
        return new TestCluster.Plan(List.of(roles), List.of("--cache", cache.toString(), "--activations", "pull"));
    }

    private static TestCluster.Plan apart(Path cache, Path runs) {
        return new TestCluster.Plan(
                List.of("evaluator"),
                List.of("--cache", cache.toString(), "--activations", "pull", "--apart", "--runs", runs.toString()));
    }

    /** The checksums of the shards of a cache's one store, by their names. */
    private static Map<String, String> shards(Path cache) throws IOException {
        try (Stream<Path> files = Files.walk(cache.resolve("activations"))) {
            Map<String, String> found = new TreeMap<>();
            files.filter(file -> file.toString().endsWith(".rows")).forEach(file -> {
                try {
                    found.put(file.getFileName().toString(), Sha256.of(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            return found;
        }
    }
}
