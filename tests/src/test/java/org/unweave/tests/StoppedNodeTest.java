package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.file.Sha256;

/**
 * A node that is stopped in the midst, and wakes when it has been given up by the others, writes nothing more of its jobs,
 * and ends; the run ends with the bits of one process.
 */
class StoppedNodeTest {
    @TempDir
    private Path folder;

    @Test
    void trainer_thatWakes_findsALaterPlacement_andWritesNothing() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make();
        try (TestCluster cluster = TestCluster.start(folder.resolve("trainer"), run.cache(), 3)) {
            TestCluster.Node entrance = cluster.supervisor();
            try (RunProcess submit = run.submit(cluster, entrance)) {
                awaitTraining(run, cluster, submit);
                TestCluster.Node sleeper = other(cluster, entrance);
                Placements.Placement old = Placements.of(cluster).on(sleeper).orElseThrow();
                sleeper.process().signal("STOP");

                submit.await(() -> Placements.of(cluster).newest(old.job()).stream()
                        .anyMatch(one ->
                                one.number() > old.number() && one.steps().size() > 2));
                // So that whatever is written from now on is the sleeper's.
                DisturbedRun.pause(cluster, entrance, old.job());
                Map<Path, String> before = files(cluster, old.job());

                sleeper.process().signal("CONT");
                assertThat(sleeper.process().end()).as(sleeper.log()).isNotZero();
                assertThat(files(cluster, old.job())).isEqualTo(before);
                assertThat(sleeper.log())
                        .contains("(placement " + old.number() + ") was away; this one writes no more");

                sleeper.start();
                submit.await(() -> cluster.nodesSeenBy(entrance) == 3);
                DisturbedRun.resume(cluster, entrance, old.job());
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
            }
            run.assertSameBits(cluster);
        }
    }

    /** A journal in a file is open to one process, and a process that is stopped keeps it. */
    @Test
    void supervisor_thatWakes_letsGoOfTheJournal_andAnotherGoesOn() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make();
        try (TestCluster cluster = TestCluster.start(folder.resolve("supervisor"), run.cache(), 3)) {
            TestCluster.Node sleeper = cluster.supervisor();
            try (RunProcess submit = run.submit(cluster, other(cluster, sleeper))) {
                awaitTraining(run, cluster, submit);
                sleeper.process().signal("STOP");
                submit.await(() -> cluster.nodes().stream()
                        .anyMatch(node -> node != sleeper && node.log().contains("db - Starting")));

                sleeper.process().signal("CONT");
                assertThat(sleeper.process().end()).as(sleeper.log()).isNotZero();

                sleeper.start();
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
            }
            assertThat(cluster.logs()).contains(" is supervisor 2");
            run.assertSameBits(cluster);
        }
    }

    private static void awaitTraining(DisturbedRun run, TestCluster cluster, RunProcess submit)
            throws InterruptedException {
        submit.await(() -> DisturbedRun.leastStep(cluster) >= 2 * run.size().checkpointSteps());
        assertThat(submit.alive()).as(submit + cluster.logs()).isTrue();
    }

    private static TestCluster.Node other(TestCluster cluster, TestCluster.Node one) {
        return cluster.nodes().stream().filter(node -> node != one).findFirst().orElseThrow();
    }

    /** The checksums of what is in a job's folder, but for how it stands, which the supervisor writes. */
    private static Map<Path, String> files(TestCluster cluster, String job) throws IOException {
        Path jobFolder = DisturbedRun.results(cluster).folder().resolve("jobs").resolve(job);
        Map<Path, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(jobFolder)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(jobFolder.relativize(path), Sha256.of(path));
            }
        }
        files.remove(Path.of("state.json"));
        return files;
    }
}
