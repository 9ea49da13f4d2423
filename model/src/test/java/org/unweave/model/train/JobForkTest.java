package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.JobConfig;
import org.unweave.config.LiveKeys;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.math.Mat;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.variant.Variants;

/** A fork goes on with the bits of its parent's checkpoint, whatever becomes of that, and says where it comes from. */
class JobForkTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 16;
    private static final long STEPS = 40;
    private static final TrainConfig TRAIN =
            new TrainConfig(STEPS * ROWS, ROWS, 4, Duration.ofMillis(20), 0.1, List.of(1.0), 2, 5);

    @TempDir
    Path folder;

    private int epoch;

    static Iterable<String> variants() {
        return Variants.names();
    }

    private TrainJob open(JobConfig job) {
        return new TrainJob(
                new TrainJob.Setup(
                        folder,
                        "run = text",
                        TRAIN,
                        job,
                        WIDTH,
                        1,
                        batch -> LabelledTexts.NONE,
                        TestJobs.batch(-1, ROWS, WIDTH),
                        epoch++,
                        Hearing.Plan.NONE,
                        Map.of("seed", "1")),
                new SimdOps(new Team(1)));
    }

    private void train(JobConfig config, long to) {
        try (TrainJob job = open(config)) {
            while (job.step() < to) {
                try (Mat rowsBD = TestJobs.batch(job.nextBatch(), ROWS, WIDTH)) {
                    job.step(rowsBD);
                }
                if (job.checkpointDue()) {
                    job.checkpoint();
                }
            }
        }
    }

    private CheckpointFolder.Loaded newest(String job) {
        CheckpointFolder.Loaded newest =
                new JobFolder(folder, job).checkpoints().newest().orElseThrow();
        newest.state().close();
        return newest;
    }

    private String sha256(String job) {
        return newest(job).checkpoint().manifest().stateSha256();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void forkWithNothingChanged_endsWithItsParentsBits(String variant) {
        JobConfig parent = TestJobs.topK(variant, 48, 4);
        JobConfig child = parent.named("child");
        train(parent, 18);
        JobFork.make(folder, newest(variant).checkpoint(), child, "run = with child");
        train(parent, STEPS);
        train(child, 23);
        train(child, STEPS);

        assertThat(sha256("child")).isEqualTo(sha256(variant));
        assertThat(newest("child").checkpoint().manifest().job()).isEqualTo(child);
    }

    @Test
    void fork_goesOnWithOtherSettings_fromItsParentsStep() throws IOException {
        JobConfig parent = TestJobs.topK("topk", 48, 4);
        JobConfig child = LiveKeys.changed(parent, Map.of("k", "9")).named("child");
        train(parent, 18);
        JobFork.make(folder, newest("topk").checkpoint(), child, "run = with child");
        train(parent, STEPS); // Its checkpoint of step 16 is gone.
        assertThat(new JobFolder(folder, "topk").checkpoints().steps()).doesNotContain(16L);
        train(child, STEPS);

        assertThat(Files.readAllLines(new JobFolder(folder, "child").metrics()).getFirst())
                .contains("\"step\":20,");
        assertThat(newest("child").checkpoint().manifest().job().k()).isEqualTo(9);
        assertThat(newest("child").checkpoint().manifest().provenance())
                .containsEntry("parent_job", "topk")
                .containsEntry("parent_step", "16")
                .containsEntry("seed", "1");
        assertThat(sha256("child")).isNotEqualTo(sha256("topk"));
    }

    @Test
    void fork_whoseCheckpointIsDamaged_doesNotBeginAnew() throws IOException {
        JobConfig parent = TestJobs.topK("topk", 48, 4);
        JobConfig child = parent.named("child");
        train(parent, 18);
        JobFork.make(folder, newest("topk").checkpoint(), child, "");
        Path state = new JobFolder(folder, "child").checkpoints().at(16).resolve("state.safetensors");
        Files.delete(state);
        Files.write(state, new byte[] {1, 2, 3});

        assertThatThrownBy(() -> train(child, STEPS))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("was forked from topk at step 16; fork it anew");
    }

    @Test
    void folderOfAJobThatWasTrained_isNoFolderForAFork() {
        JobConfig parent = TestJobs.topK("topk", 48, 4);
        train(parent, 18);
        train(parent.named("child"), 3);

        assertThatThrownBy(() -> JobFork.make(folder, newest("topk").checkpoint(), parent.named("child"), "run = text"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is a folder");
        JobFork.make(folder, newest("topk").checkpoint(), parent.named("fork"), "run = text");
        train(parent.named("fork"), 20);
        assertThatThrownBy(() -> JobFork.make(folder, newest("topk").checkpoint(), parent.named("fork"), "run = text"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
