package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An evaluator that does not see the folder of runs judges all the same, and the reports are where the run is. */
class EvaluatorApartTest {
    @TempDir
    private Path folder;

    @Test
    void anEvaluatorWithAFolderOfItsOwn_pullsCheckpoints_andGivesItsReports() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make();
        Path own = folder.resolve("own");
        List<TestCluster.Plan> plans = List.of(
                new TestCluster.Plan(List.of("supervisor", "trainer", "web"), List.of()),
                new TestCluster.Plan(List.of("evaluator"), List.of("--apart", "--runs", own.toString())));
        try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"), run.cache(), plans)) {
            try (RunProcess submit = run.submit(cluster, cluster.nodes().getFirst())) {
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
            }
            run.assertSameBits(cluster);
        }
        // Of all checkpoints no more than the one that was judged last.
        try (Stream<Path> files = Files.walk(own)) {
            assertThat(files.filter(file -> file.endsWith("state.safetensors"))).hasSize(1);
        }
    }
}
