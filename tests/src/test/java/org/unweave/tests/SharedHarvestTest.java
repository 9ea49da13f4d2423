package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.file.Sha256;

/** Nodes without a common cache share a harvest: each makes a part, and all train on the same activations. */
class SharedHarvestTest {
    private static final Pattern PULLED = Pattern.compile("activation shard \\S+ comes from http");
    private static final String[] SIZES = {
        "data.tokens=6000",
        "data.shard-rows=1000",
        "data.held-out-tokens=256",
        "train.rows=4096",
        "train.batch-rows=64",
        "job.features=512",
        "job.k=8",
        "eval.evaluations=[core]",
        "eval.core.sequences=4",
        "eval.core.context-tokens=32"
    };

    @TempDir
    private Path folder;

    @Test
    void nodesWithCachesOfTheirOwn_harvestPartsAndPullTheRest_withTheBitsOfOneProcess()
            throws IOException, InterruptedException {
        List<String> overrides = SmallInputs.write(folder).overrides(SIZES);
        Path alone = Caches.withBundle(folder.resolve("alone"));
        CommandLine.expect(CommandLine.smoke("run", folder.resolve("local"), alone, overrides));
        RunResults undisturbed = new RunResults(folder.resolve("local/run"));
        List<Path> caches =
                List.of(Caches.withBundle(folder.resolve("first")), Caches.withBundle(folder.resolve("second")));

        try (TestCluster cluster = TestCluster.start(
                folder.resolve("cluster"),
                alone,
                caches.stream()
                        .map(cache -> new TestCluster.Plan(
                                TestCluster.ALL_ROLES, List.of("--cache", cache.toString(), "--activations", "pull")))
                        .toList())) {
            List<String> submit =
                    new ArrayList<>(CommandLine.smoke("run", folder.resolve("elsewhere"), alone, overrides));
            submit.set(0, "submit");
            submit.addAll(List.of("--node", cluster.nodes().getFirst().url()));
            CommandLine done = CommandLine.execute(submit.toArray(String[]::new));
            assertThat(done.exitCode()).as(done + cluster.logs()).isZero();

            Map<String, String> shards = shards(alone);
            assertThat(shards).hasSizeGreaterThan(6);
            for (Path cache : caches) {
                assertThat(shards(cache)).isEqualTo(shards);
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
