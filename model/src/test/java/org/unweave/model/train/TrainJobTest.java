package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.math.Mat;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.variant.Variants;

/**
 * A job with its folder makes the updates of a training loop alone, wherever it was interrupted and whenever someone
 * asked for a checkpoint, and its files say what happened once.
 */
class TrainJobTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 16;
    private static final long STEPS = 60;
    /** Sixty updates, a checkpoint each six, evaluated at half and at the end, two kept, a line each ten. */
    private static final TrainConfig TRAIN =
            new TrainConfig(STEPS * ROWS, ROWS, 4, Duration.ofMillis(20), 0.1, List.of(0.5, 1.0), 2, 10);

    @TempDir
    Path folder;

    static Set<String> variants() {
        return Variants.names();
    }

    private static Mat batch(long number) {
        return TestJobs.batch(number, ROWS, WIDTH);
    }

    private TrainJob open(String variant, int epoch) {
        return open(variant, epoch, batch(-1));
    }

    private TrainJob open(String variant, int epoch, Mat heldOutBD) {
        return new TrainJob(
                new TrainJob.Setup(
                        folder,
                        "run = text",
                        TRAIN,
                        TestJobs.topK(variant, 48, 4),
                        WIDTH,
                        1,
                        batch -> LabelledTexts.NONE,
                        heldOutBD,
                        epoch,
                        Hearing.Plan.NONE,
                        Map.of("seed", "5")),
                new SimdOps(new Team(1)));
    }

    /** Trains to a step, writing the checkpoints that are due. */
    private static void train(TrainJob job, long to) {
        while (job.step() < to) {
            try (Mat rowsBD = batch(job.nextBatch())) {
                job.step(rowsBD);
            }
            if (job.checkpointDue()) {
                job.checkpoint();
            }
        }
    }

    private JobFolder job(String variant) {
        return new JobFolder(folder, variant);
    }

    private String finalSha256(String variant) {
        CheckpointFolder.Loaded newest = job(variant).checkpoints().newest().orElseThrow();
        newest.state().close();
        assertThat(newest.checkpoint().manifest().step()).isEqualTo(STEPS);
        return newest.checkpoint().manifest().stateSha256();
    }

    private String sha256Alone(String variant) {
        SaeConfig config = new SaeConfig(TestJobs.topK(variant, 48, 4), WIDTH, STEPS, ROWS, 1);
        try (TrainLoop loop = new TrainLoop(config, new SimdOps(new Team(1)))) {
            while (!loop.done()) {
                try (Mat rowsBD = batch(loop.step())) {
                    loop.step(rowsBD, false);
                }
            }
            loop.takeDensity();
            State state = new State();
            loop.save(state);
            return new CheckpointFolder(folder.resolve("alone"))
                    .write(loop.manifest(0, Map.of()), "", state)
                    .manifest()
                    .stateSha256();
        }
    }

    private List<JsonNode> lines(String variant, String split) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(job(variant).metrics())) {
            JsonNode json = new ObjectMapper().readTree(line);
            if (json.get("split").asText().equals(split)) {
                lines.add(json);
            }
        }
        return lines;
    }

    private JsonNode features(String variant) throws IOException {
        return new ObjectMapper()
                .readTree(job(variant).path().resolve("features.json").toFile());
    }

    @ParameterizedTest
    @MethodSource("variants")
    void job_endsWithTheBitsOfALoopAlone(String variant) {
        try (TrainJob job = open(variant, 0)) {
            train(job, STEPS);
            assertThat(job.done()).isTrue();
        }
        assertThat(finalSha256(variant)).isEqualTo(sha256Alone(variant));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void interruptedJob_goesOnFromItsCheckpointWithTheSameBits(String variant) throws IOException {
        int epoch = 0;
        for (long stop : new long[] {4, 6, 17, 33, 59}) {
            try (TrainJob job = open(variant, epoch++)) {
                train(job, stop);
            }
        }
        try (TrainJob job = open(variant, epoch)) {
            assertThat(job.step()).isEqualTo(54);
            train(job, STEPS);
        }
        assertThat(finalSha256(variant)).isEqualTo(sha256Alone(variant));
        assertThat(lines(variant, "train"))
                .extracting(json -> json.get("step").asLong())
                .containsExactly(10L, 20L, 30L, 40L, 50L, 60L);
        assertThat(lines(variant, "held-out"))
                .extracting(json -> json.get("step").asLong())
                .containsExactly(6L, 12L, 18L, 24L, 30L, 36L, 42L, 48L, 54L, 60L);
    }

    @ParameterizedTest
    @CsvSource({"jump-relu, threshold", "gated, b_mag r_mag"})
    void checkpoint_weightsBeyondTheUsualFour_areInItsFileAndItsInferenceForm(String variant, String names)
            throws IOException {
        State alone = new State();
        SaeConfig config = new SaeConfig(TestJobs.topK(variant, 48, 4), WIDTH, STEPS, ROWS, 1);
        try (TrainJob job = open(variant, 0);
                TrainLoop loop = new TrainLoop(config, new SimdOps(new Team(1)))) {
            train(job, 30);
            while (loop.step() < 30) {
                loop.step(batch(loop.step()), false);
            }
            loop.save(alone);
            CheckpointFolder.Loaded newest = job(variant).checkpoints().newest().orElseThrow();
            try (FrozenSae frozen = TrainLoop.frozen(newest.checkpoint(), new SimdOps(new Team(1)))) {
                for (String name : names.split(" ")) {
                    for (String entry : new String[] {name, "adam.first." + name, "adam.second." + name}) {
                        assertThat(States.mat(newest.state(), entry).toArray())
                                .as(entry)
                                .containsExactly(States.mat(alone, entry).toArray());
                    }
                    float[] values = States.mat(newest.state(), name).toArray();
                    assertThat(values).as("%s was trained", name).isNotEqualTo(filled(values[0], values.length));
                    assertThat(frozen.weights())
                            .as("%s at an input scale of 1", name)
                            .anySatisfy(mat -> assertThat(mat.toArray()).containsExactly(values));
                }
            }
            newest.state().close();
        }
    }

    private static float[] filled(float value, int length) {
        float[] filled = new float[length];
        Arrays.fill(filled, value);
        return filled;
    }

    @Test
    void checkpointSomeoneAskedFor_changesNoBits_andIsGoneOnFrom() throws IOException {
        try (TrainJob job = open("topk", 0)) {
            assertThat(job.checkpoint().step()).isZero();
            train(job, 3);
            assertThat(job.checkpoint().step()).isEqualTo(3);
            assertThat(job.evaluationDue()).isFalse();
            train(job, 35);
            job.checkpoint();
        }
        try (TrainJob job = open("topk", 1)) {
            assertThat(job.step()).isEqualTo(35);
            train(job, STEPS);
        }
        assertThat(finalSha256("topk")).isEqualTo(sha256Alone("topk"));
        assertThat(lines("topk", "held-out"))
                .extracting(json -> json.get("step").asLong())
                .containsExactly(3L, 6L, 12L, 18L, 24L, 30L, 35L, 36L, 42L, 48L, 54L, 60L);
    }

    @Test
    void checkpointAskedForWhereOneWasDue_saysAndChangesNothingNew() throws IOException {
        try (TrainJob job = open("topk", 0)) {
            train(job, 12);
            JsonNode before = features("topk");
            CheckpointRef first = job.checkpoint();
            FileTime written = Files.getLastModifiedTime(Path.of(URI.create(first.uri())));
            CheckpointRef again = job.checkpoint();
            assertThat(again).isEqualTo(first);
            assertThat(again.step()).isEqualTo(12);
            assertThat(Files.getLastModifiedTime(Path.of(URI.create(again.uri()))))
                    .isEqualTo(written);
            assertThat(features("topk")).isEqualTo(before);
            train(job, STEPS);
        }
        assertThat(finalSha256("topk")).isEqualTo(sha256Alone("topk"));
        assertThat(lines("topk", "held-out"))
                .extracting(json -> json.get("step").asLong())
                .doesNotHaveDuplicates();
    }

    /** Two batches far apart: the variance within each is a small part of that of both. */
    @Test
    void heldOut_batchesThatDiffer_haveTheVarianceOfAllRows() throws IOException {
        Mat heldOutBD = Mat.zeros(2 * ROWS, WIDTH);
        double[] mean = new double[WIDTH];
        for (int row = 0; row < 2 * ROWS; row++) {
            float[] values = batch(row / ROWS).copyRow(row % ROWS);
            for (int col = 0; col < WIDTH; col++) {
                values[col] += row < ROWS ? 0 : 3;
                mean[col] += values[col] / (2.0 * ROWS);
            }
            heldOutBD.setRow(row, values);
        }
        double variance = 0;
        for (int row = 0; row < 2 * ROWS; row++) {
            for (int col = 0; col < WIDTH; col++) {
                double off = heldOutBD.get(row, col) - mean[col];
                variance += off * off / (2.0 * ROWS);
            }
        }
        try (TrainJob job = open("topk", 0, heldOutBD)) {
            train(job, 6);
        }
        JsonNode line = lines("topk", "held-out").getLast();
        assertThat(line.get("variance_explained").asDouble())
                .isCloseTo(1 - line.get("loss").asDouble() / variance, within(1e-5));
    }

    @Test
    void features_areCountedSinceTheLastCheckpointThatWasDue() throws IOException {
        try (TrainJob job = open("topk", 0)) {
            train(job, 15);
            job.checkpoint();
            train(job, 18);
        }
        JsonNode features = features("topk");
        assertThat(features.get("step").asLong()).isEqualTo(18);
        assertThat(features.get("d_in").asInt()).isEqualTo(WIDTH);
        assertThat(features.get("features").asInt()).isEqualTo(48);
        double l0 = 0;
        for (JsonNode density : features.get("density")) {
            l0 += density.asDouble();
        }
        assertThat(l0).isBetween(3.5, 4.0001);
    }

    @Test
    void checkpoints_areTheNewestAndTheEvaluated() {
        try (TrainJob job = open("topk", 0)) {
            train(job, 29);
            assertThat(job("topk").checkpoints().steps()).containsExactly(18L, 24L);
            train(job, STEPS);
        }
        assertThat(job("topk").checkpoints().steps()).containsExactly(30L, 54L, 60L);
        assertThat(TrainJob.evaluatedStepsOf(TRAIN)).containsExactly(30L, 60L);
    }

    @Test
    void damagedCheckpoint_isPassedOver_andTheBitsAreTheSame() throws IOException {
        try (TrainJob job = open("topk", 0)) {
            train(job, 25);
        }
        Files.write(job("topk").checkpoints().at(24).resolve("state.safetensors"), new byte[] {1, 2, 3});
        try (TrainJob job = open("topk", 1)) {
            assertThat(job.step()).isEqualTo(18);
            train(job, STEPS);
        }
        assertThat(finalSha256("topk")).isEqualTo(sha256Alone("topk"));
    }

    @Test
    void learningRateFactor_isKeptByTheCheckpoint_andToldInTheLines() throws IOException {
        try (TrainJob job = open("topk", 0)) {
            train(job, 30);
            job.setLearningRateFactor(0.25);
            train(job, 36);
        }
        try (TrainJob job = open("topk", 1)) {
            assertThat(job.learningRateFactor()).isEqualTo(0.25);
            train(job, 40);
        }
        assertThat(lines("topk", "train"))
                .extracting(json -> json.get("lr").asDouble())
                .containsExactly(1e-3, 1e-3, 1e-3, 2.5e-4);
    }

    @Test
    void notANumber_isRefused_andTheJobIsWhereItWas() {
        try (TrainJob job = open("topk", 0)) {
            train(job, 8);
            try (Mat rowsBD = batch(8)) {
                rowsBD.set(3, 3, Float.NaN);
                assertThatThrownBy(() -> job.step(rowsBD))
                        .isInstanceOf(DivergedException.class)
                        .hasMessageContaining("step 8");
            }
            assertThat(job.step()).isEqualTo(8);
        }
    }

    @Test
    void secondsAndRate_goOnAfterAnInterruption() {
        double seconds;
        try (TrainJob job = open("topk", 0)) {
            train(job, 30);
            seconds = job.seconds();
            assertThat(job.rowsPerSecond()).isPositive();
        }
        try (TrainJob job = open("topk", 1)) {
            assertThat(job.seconds()).isCloseTo(seconds, within(0.001));
            assertThat(job.rowsPerSecond()).isPositive();
            train(job, 31);
            assertThat(job.seconds()).isGreaterThan(seconds - 0.001);
        }
    }

    @Test
    void checkpoint_saysWhereItComesFrom() {
        try (TrainJob job = open("topk", 7)) {
            train(job, 6);
        }
        CheckpointFolder.Loaded newest = job("topk").checkpoints().newest().orElseThrow();
        newest.state().close();
        assertThat(newest.checkpoint().manifest().epoch()).isEqualTo(7);
        assertThat(newest.checkpoint().manifest().provenance())
                .containsEntry("seed", "5")
                .containsKeys("java", "written");
        assertThat(newest.checkpoint().runConfig()).isEqualTo("run = text");
    }

    @Test
    void standing_isStoredWhole() throws IOException {
        job("topk")
                .write(new JobFolder.Standing("topk", "topk", "failed", 7, 60, 4, 1.5, 99, 3, "k=8@30", "no \"room\""));
        JsonNode json = new ObjectMapper()
                .readTree(job("topk").path().resolve("state.json").toFile());
        assertThat(json).isEqualTo(new ObjectMapper().readTree("""
                                {"job": "topk", "variant": "topk", "state": "failed", "step": 7, "steps": 60,
                                 "target_l0": 4.0, "seconds": 1.5, "rows_per_second": 99.0, "restarts": 3,
                                 "set": "k=8@30", "reason": "no \\"room\\""}
                                """));
    }
}
