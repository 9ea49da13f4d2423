package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.Manifest;
import org.unweave.model.math.Mat;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;

/** Of two placements of a job only the newer writes, wherever the older was held up. */
class WriterEpochTest {
    private static final TrainConfig TRAIN =
            new TrainConfig(60 * 4, 4, 4, Duration.ofMillis(20), 0.1, List.of(0.5, 1.0), 2, 1);

    @TempDir
    Path folder;

    private TrainJob open(int epoch) {
        return new TrainJob(
                new TrainJob.Setup(
                        folder,
                        "",
                        TRAIN,
                        TestJobs.topK("topk", 48, 4),
                        16,
                        1,
                        batch -> LabelledTexts.NONE,
                        Mat.zeros(4, 16),
                        epoch,
                        Hearing.Plan.NONE,
                        Map.of()),
                new SimdOps(new Team(1)));
    }

    private static void step(TrainJob job) {
        try (Mat rowsBD = Mat.zeros(4, 16)) {
            rowsBD.set(1, (int) job.nextBatch() % 16, 1);
            job.step(rowsBD);
        }
    }

    @Test
    void olderPlacement_writesNoCheckpointAndNoLine_onceANewerIsThere() throws IOException {
        try (TrainJob old = open(3)) {
            step(old);
            old.checkpoint();
            try (TrainJob newer = open(4)) {
                assertThat(newer.step()).isEqualTo(1);
                String metrics = Files.readString(new JobFolder(folder, "topk").metrics());
                assertThatThrownBy(() -> step(old))
                        .isInstanceOf(StaleEpochException.class)
                        .hasMessageContaining("placement 4");
                assertThatThrownBy(old::checkpoint).isInstanceOf(StaleEpochException.class);
                assertThat(new JobFolder(folder, "topk").metrics()).hasContent(metrics.strip());
                step(newer);
                assertThat(newer.checkpoint().step()).isEqualTo(2);
            }
        }
        assertThat(new JobFolder(folder, "topk").checkpoints().steps()).containsExactly(1L, 2L);
        assertThat(unfinished()).isEmpty();
        assertThat(new JobFolder(folder, "topk").nextEpoch()).isEqualTo(5);
    }

    /** What it was about to write was cleared away by the newer one: here the whole folder, with a file in its place. */
    @Test
    void olderPlacement_whoseCheckpointCannotBeWritten_saysThatANewerIsThere() throws IOException {
        try (TrainJob old = open(3)) {
            open(4).close();
            Path checkpoints = new JobFolder(folder, "topk").path().resolve("checkpoints");
            Files.deleteIfExists(checkpoints);
            Files.writeString(checkpoints, "");
            assertThatThrownBy(old::checkpoint)
                    .isInstanceOf(StaleEpochException.class)
                    .hasMessageContaining("placement 4");
        }
    }

    @Test
    void olderPlacement_cannotBeOpenedBesideANewer_andTheSameCan() {
        open(4).close();
        assertThatThrownBy(() -> open(3)).isInstanceOf(StaleEpochException.class);
        open(4).close();
        open(7).close();
        assertThat(new JobFolder(folder, "topk").nextEpoch()).isEqualTo(8);
    }

    /** It was looked at, found to be the newest, and held up before it gave its checkpoint a name. */
    @Test
    void checkpointOfAnOlderPlacement_isGone_whenItIsToBeNamed() throws IOException {
        CheckpointFolder checkpoints = new JobFolder(folder, "topk").checkpoints();
        Manifest manifest = new Manifest(
                Manifest.VERSION, TestJobs.topK("topk", 48, 4), 9, 3, 4, 60, 16, 0.01, "", "", 0, Map.of());
        State state = new State();
        state.put("counter", 1, 2);
        assertThatThrownBy(() -> checkpoints.write(manifest, "", state, () -> open(4).close()))
                .isInstanceOf(CheckpointException.class);
        assertThat(checkpoints.steps()).isEmpty();
        assertThat(unfinished()).isEmpty();
    }

    @Test
    void featuresOfAnOlderPlacement_areGone_whenTheyAreToBeNamed() throws IOException {
        JobFolder job = new JobFolder(folder, "topk");
        assertThatThrownBy(() ->
                        job.writeFeatures(TestJobs.topK("topk", 48, 4), 16, 9, new double[48], () -> open(4).close()))
                .isInstanceOf(UncheckedIOException.class);
        try (Stream<Path> entries = Files.list(job.path())) {
            assertThat(entries.map(entry -> String.valueOf(entry.getFileName())))
                    .containsExactly("placements");
        }
    }

    private List<Path> unfinished() throws IOException {
        try (Stream<Path> entries =
                Files.list(new JobFolder(folder, "topk").path().resolve("checkpoints"))) {
            return entries.filter(entry -> String.valueOf(entry.getFileName()).startsWith("."))
                    .toList();
        }
    }
}
