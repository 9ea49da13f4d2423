package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes on machines of their own, which speak TLS with each other and with the command line. A machine that is cut off from
 * the others ends what it does and stays out until it reaches them again, while its jobs go on elsewhere; the run ends with
 * the bits of one process.
 */
class PartitionTest {
    @TempDir
    private Path folder;

    private Namespaces namespaces;

    @BeforeEach
    void make() throws IOException, InterruptedException {
        assumeTrue(Namespaces.available(), "network namespaces cannot be made here: that takes root and iproute2");
        namespaces = Namespaces.make(3);
    }

    @AfterEach
    void remove() throws IOException, InterruptedException {
        if (namespaces != null) {
            namespaces.close();
        }
    }

    @Test
    void nodeThatIsCutOff_writesNothingMore_andJoinsAgain() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make();
        try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"), run.cache(), namespaces)) {
            TestCluster.Node supervisor = cluster.supervisor();
            TestCluster.Node entrance = cluster.other(supervisor);
            try (RunProcess submit = run.submit(cluster, entrance)) {
                submit.await(() -> DisturbedRun.leastStep(cluster) >= run.size().checkpointSteps());
                assertThat(submit.alive()).as(submit + cluster.logs()).isTrue();
                // It waits for the end of all this, and with it the run.
                String waiting =
                        Placements.of(cluster).on(entrance).orElseThrow().job();
                DisturbedRun.pause(cluster, entrance, waiting);

                expectAway(cluster, submit, entrance, supervisor);
                assertThat(cluster.supervisor()).isNotEqualTo(supervisor);
                TestCluster.Node next = cluster.other(cluster.supervisor(), entrance);
                submit.await(() -> Placements.of(cluster).on(next).isPresent() || done(run, cluster, waiting));
                expectAway(cluster, submit, entrance, next);

                DisturbedRun.resume(cluster, entrance, waiting);
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
                assertThat(submit.out()).contains("Results of run");
            }
            run.assertSameBits(cluster);
        }
    }

    /** Cuts a node off, sees that it ends and that its job goes on elsewhere, and has it back. */
    private void expectAway(TestCluster cluster, RunProcess submit, TestCluster.Node entrance, TestCluster.Node node)
            throws IOException, InterruptedException {
        Optional<Placements.Placement> old = Placements.of(cluster).on(node);
        namespaces.cutOff(node.machine());
        assertThat(node.process().end()).as(node.log()).isNotZero();
        int logged = node.log().length();
        // As a service manager does, whether the machine is cut off or not.
        node.start();
        submit.await(() -> cluster.nodesSeenBy(entrance) == 2);
        if (old.isPresent()) {
            Placements.Placement before = old.get();
            // It may have come to its end before it was cut off.
            submit.await(() -> DisturbedRun.state(cluster, before.job()).equals("done")
                    || Placements.of(cluster).newest(before.job()).stream()
                            .anyMatch(now -> now.number() > before.number()));
        }
        if (node == cluster.nodes().getFirst()) {
            node.process().await(() -> node.log().substring(logged).contains("reaches 1 of the 3 seeds"));
        }
        namespaces.heal(node.machine());
        cluster.awaitWhole(submit, entrance);
        assertThat(submit.alive()).as(submit + cluster.logs()).isTrue();
    }

    /** Whether there is nothing to train any more but the job that waits. */
    private static boolean done(DisturbedRun run, TestCluster cluster, String waiting) {
        return DisturbedRun.JOBS.stream()
                .allMatch(job -> job.equals(waiting)
                        || DisturbedRun.step(cluster, job) == run.size().steps());
    }
}
