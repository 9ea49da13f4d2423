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

    /** A journal in a file is open to one process, and a process that is stopped keeps it until it wakes. */
    @Test
    void trainerAndThenSupervisor_thatWake_findOthersInTheirPlace_andEnd() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make();
        try (TestCluster cluster = TestCluster.start(folder, run.cache(), 3)) {
            TestCluster.Node supervisor = cluster.supervisor();
            TestCluster.Node trainer = cluster.other(supervisor);
            TestCluster.Node entrance = cluster.other(supervisor, trainer);
            try (RunProcess submit = run.submit(cluster, entrance)) {
                awaitTraining(run, cluster, submit);
                submit.await(() -> Placements.of(cluster).on(trainer).isPresent());
                Placements.Placement old = Placements.of(cluster).on(trainer).orElseThrow();
                trainer.process().signal("STOP");
                submit.await(() -> Placements.of(cluster).newest(old.job()).stream()
                        .anyMatch(one ->
                                one.number() > old.number() && one.steps().size() > 2));
                // So that whatever is written from now on is the sleeper's, and the run waits for the end of all this.
                DisturbedRun.pause(cluster, entrance, old.job());
                Map<Path, String> before = files(cluster, old.job());
                trainer.process().signal("CONT");
                assertThat(trainer.process().end()).as(trainer.log()).isNotZero();
                assertThat(files(cluster, old.job())).isEqualTo(before);
                assertThat(trainer.log())
                        .contains("(placement " + old.number() + ") was away; this one writes no more");
                trainer.start();
                cluster.awaitWhole(submit, entrance);

                supervisor.process().signal("STOP");
                submit.await(() -> cluster.nodes().stream()
                        .anyMatch(node -> node != supervisor && node.log().contains("db - Starting")));
                supervisor.process().signal("CONT");
                assertThat(supervisor.process().end()).as(supervisor.log()).isNotZero();
                supervisor.start();
                cluster.awaitWhole(submit, entrance);

                DisturbedRun.resume(cluster, entrance, old.job());
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
