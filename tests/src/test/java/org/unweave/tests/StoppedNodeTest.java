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
    void nodesThatWake_findThatTheirWorkIsElsewhere_andWriteNothing() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make();
        try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"), run.cache(), 3)) {
            TestCluster.Node supervisor = cluster.supervisor();
            TestCluster.Node entrance = other(cluster, supervisor, supervisor);
            try (RunProcess submit = run.submit(cluster, entrance)) {
                submit.await(
                        () -> DisturbedRun.leastStep(cluster) >= 2 * run.size().checkpointSteps());
                assertThat(submit.alive()).as(submit + cluster.logs()).isTrue();

                String moved = expectTrainerAway(cluster, submit, entrance, other(cluster, supervisor, entrance));
                expectSupervisorAway(cluster, submit, supervisor);

                submit.await(() -> cluster.nodesSeenBy(entrance) == 3);
                DisturbedRun.resume(cluster, entrance, moved);
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
            }
            assertThat(cluster.logs()).contains(" is supervisor 2");
            run.assertSameBits(cluster);
        }
    }

    /** Stops a node until its job is trained elsewhere, sees it end when it wakes, and leaves the job paused. */
    private static String expectTrainerAway(
            TestCluster cluster, RunProcess submit, TestCluster.Node entrance, TestCluster.Node sleeper)
            throws IOException, InterruptedException {
        Placements.Placement old = Placements.of(cluster).on(sleeper).orElseThrow();
        sleeper.process().signal("STOP");

        submit.await(() -> Placements.of(cluster).newest(old.job()).stream()
                .anyMatch(one -> one.number() > old.number() && one.steps().size() > 2));
        // So that whatever is written from now on is the sleeper's.
        DisturbedRun.pause(cluster, entrance, old.job());
        Map<Path, String> before = files(cluster, old.job());

        sleeper.process().signal("CONT");
        assertThat(sleeper.process().end()).as(sleeper.log()).isNotZero();
        assertThat(files(cluster, old.job())).isEqualTo(before);
        assertThat(sleeper.log()).contains("(placement " + old.number() + ") was away; this one writes no more");

        sleeper.start();
        submit.await(() -> cluster.nodesSeenBy(entrance) == 3);
        return old.job();
    }

    /** A journal in a file is open to one process, and a process that is stopped keeps it until it wakes and ends. */
    private static void expectSupervisorAway(TestCluster cluster, RunProcess submit, TestCluster.Node sleeper)
            throws IOException, InterruptedException {
        sleeper.process().signal("STOP");
        submit.await(() -> cluster.nodes().stream()
                .anyMatch(node -> node != sleeper && node.log().contains("db - Starting")));

        sleeper.process().signal("CONT");
        assertThat(sleeper.process().end()).as(sleeper.log()).isNotZero();

        sleeper.start();
    }

    private static TestCluster.Node other(TestCluster cluster, TestCluster.Node one, TestCluster.Node another) {
        return cluster.nodes().stream()
                .filter(node -> node != one && node != another)
                .findFirst()
                .orElseThrow();
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
