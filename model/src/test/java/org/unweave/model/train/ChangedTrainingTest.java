package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.ExchangeConfig;
import org.unweave.config.InvalidConfigException;
import org.unweave.config.JobConfig;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.math.Mat;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.variant.Variants;

/**
 * Settings change before one update and no other: the bits are the same wherever the job was interrupted, before or after
 * the change, and in a replay; what was learned stays, and the files of the job tell of it.
 */
class ChangedTrainingTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 16;
    private static final long STEPS = 40;
    /** A checkpoint each four updates, a line each five. */
    private static final TrainConfig TRAIN =
            new TrainConfig(STEPS * ROWS, ROWS, 4, Duration.ofMillis(20), 0.1, List.of(1.0), 2, 5);

    private static final Map<String, String> FIRST = Map.of("k", "6", "learning-rate", "5e-4");
    private static final Map<String, String> SECOND =
            Map.of("similarity.weight", "1.5", "similarity.deviations", "0.5");

    @TempDir
    Path folder;

    private int epoch;

    static Set<String> variants() {
        return Variants.names();
    }

    private TrainJob open(String run, Hearing.@Nullable Replay replay) {
        return new TrainJob(
                new TrainJob.Setup(
                        folder.resolve(run),
                        "run = text",
                        TRAIN,
                        TestJobs.topK("dynamic-margin", 48, 4),
                        WIDTH,
                        1,
                        batch -> LabelledTexts.NONE,
                        TestJobs.batch(-1, ROWS, WIDTH),
                        epoch++,
                        new Hearing.Plan(new ExchangeConfig(5, true, 0, ""), List.of(), replay),
                        Map.of()),
                new SimdOps(new Team(1)));
    }

    private TrainJob open(String run) {
        return open(run, null);
    }

    private static void train(TrainJob job, long to) {
        while (job.step() < to) {
            try (Mat rowsBD = TestJobs.batch(job.nextBatch(), ROWS, WIDTH)) {
                job.step(rowsBD);
            }
            if (job.checkpointDue()) {
                job.checkpoint();
            }
        }
    }

    private JobFolder job(String run) {
        return new JobFolder(folder.resolve(run), "dynamic-margin");
    }

    private CheckpointFolder.Loaded newest(String run) {
        return job(run).checkpoints().newest().orElseThrow();
    }

    private String finalSha256(String run) {
        CheckpointFolder.Loaded newest = newest(run);
        newest.state().close();
        assertThat(newest.checkpoint().manifest().step()).isEqualTo(STEPS);
        return newest.checkpoint().manifest().stateSha256();
    }

    private Hearing.Replay replay(String run) {
        CheckpointFolder.Loaded newest = newest(run);
        try {
            return Hearing.Replay.of(newest.state());
        } finally {
            newest.state().close();
        }
    }

    /** Changed before update 13, after the checkpoint of step 12, and again before update 22. */
    private String wholeRun() {
        try (TrainJob job = open("whole")) {
            train(job, 13);
            assertThat(job.change(1, FIRST)).contains(new JobChange(1, 13, FIRST));
            train(job, 22);
            assertThat(job.change(2, SECOND)).contains(new JobChange(2, 22, SECOND));
            train(job, STEPS);
        }
        return finalSha256("whole");
    }

    private static TrainLoop loop(JobConfig job) {
        return new TrainLoop(new SaeConfig(job, WIDTH, STEPS, ROWS, 1), new SimdOps(new Team(1)));
    }

    private static void train(TrainLoop loop, long to) {
        while (loop.step() < to) {
            try (Mat rowsBD = TestJobs.batch(loop.step(), ROWS, WIDTH)) {
                loop.step(rowsBD, false);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void change_toTheValuesThatAreThere_changesNothingButTheRecord(String variant) {
        try (TrainLoop changed = loop(TestJobs.topK(variant, 48, 4));
                TrainLoop left = loop(TestJobs.topK(variant, 48, 4))) {
            changed.change(new JobChange(1, 0, Map.of("learning-rate", "1e-3")));
            train(changed, 17);
            changed.change(new JobChange(2, 17, Map.of("gradient-clip", "1")));
            train(changed, STEPS);
            train(left, STEPS);

            assertThat(States.differences(States.of(changed), States.of(left))).containsExactly("changes.made");
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void change_ofTheLearningRate_movesTheWeightsFromThatUpdateOn(String variant) {
        try (TrainLoop changed = loop(TestJobs.topK(variant, 48, 4));
                TrainLoop left = loop(TestJobs.topK(variant, 48, 4))) {
            train(changed, 17);
            train(left, 17);
            changed.change(new JobChange(1, 17, Map.of("learning-rate", "2e-3")));

            assertThat(changed.learningRate()).isEqualTo(2 * left.learningRate());
            assertThat(States.differences(States.of(changed), States.of(left))).containsExactly("changes.made");
            train(changed, 18);
            train(left, 18);
            assertThat(States.differences(States.of(changed), States.of(left))).contains("W_enc", "W_dec");
        }
    }

    @Test
    void change_ofK_isTheNumberOfLatentsFromThatUpdateOn() {
        try (TrainLoop loop = loop(TestJobs.topK("topk", 48, 4))) {
            train(loop, 10);
            try (Mat rowsBD = TestJobs.batch(10, ROWS, WIDTH)) {
                assertThat(loop.step(rowsBD, false).l0()).isLessThanOrEqualTo(4);
            }
            loop.change(new JobChange(1, 11, Map.of("k", "9")));
            try (Mat rowsBD = TestJobs.batch(11, ROWS, WIDTH)) {
                assertThat(loop.step(rowsBD, false).l0()).isBetween(4.5, 9.0);
            }
            assertThat(loop.manifest(0, Map.of()).job().k()).isEqualTo(9);
            assertThat(loop.changes()).containsExactly(new JobChange(1, 11, Map.of("k", "9")));
        }
    }

    @Test
    void change_thatCannotBe_leavesTheLoopAsItWas() {
        try (TrainLoop loop = loop(TestJobs.topK("topk", 48, 4))) {
            train(loop, 3);
            State before = States.of(loop);

            assertThatThrownBy(() -> loop.change(new JobChange(1, 3, Map.of("k", "49"))))
                    .isInstanceOf(InvalidConfigException.class)
                    .hasMessageContaining("more than the 48 features");
            States.assertSameBits(States.of(loop), before);
        }
    }

    @Test
    void job_interruptedAnywhere_endsWithTheSameBits() {
        String whole = wholeRun();
        try (TrainJob job = open("broken")) {
            train(job, 13);
            job.change(1, FIRST);
        } // Killed before the update that it was for: goes on at 12.
        for (long stop : new long[] {13, 15, 19}) {
            try (TrainJob job = open("broken")) {
                train(job, stop);
            }
        }
        try (TrainJob job = open("broken")) {
            assertThat(job.step()).isEqualTo(16);
            assertThat(job.changes()).containsExactly(new JobChange(1, 13, FIRST));
            train(job, 22);
            job.change(2, SECOND);
            job.checkpoint(); // Of this very step, before the change is made.
        }
        try (TrainJob job = open("broken")) {
            assertThat(job.step()).isEqualTo(22);
            train(job, STEPS);
        }

        assertThat(finalSha256("broken")).isEqualTo(whole);
    }

    @Test
    void laterChange_ofAnInterruptedJob_isMadeWithTheOneThatItFollows() {
        try (TrainJob job = open("run")) {
            train(job, 15);
            job.change(1, FIRST);
            train(job, 16 - 1);
        }
        try (TrainJob job = open("run")) {
            assertThat(job.step()).isEqualTo(12);
            assertThat(job.change(2, SECOND)).contains(new JobChange(2, 15, SECOND));
            train(job, STEPS);
        }

        assertThat(replay("run").changes()).containsExactly(new JobChange(1, 15, FIRST), new JobChange(2, 15, SECOND));
    }

    @Test
    void change_thatWasTakenOrIsOutOfOrder_isNotTakenAgain() {
        try (TrainJob job = open("run")) {
            train(job, 3);
            assertThat(job.change(2, SECOND)).as("the first is missing").isEmpty();
            assertThat(job.change(1, FIRST)).isPresent();
            assertThat(job.change(1, FIRST)).isEmpty();
            assertThat(job.changes()).hasSize(1);
        }
        try (TrainJob job = open("run")) {
            assertThat(job.change(1, SECOND)).isEmpty();
            assertThat(job.changes()).containsExactly(new JobChange(1, 3, FIRST));
        }
    }

    @Test
    void replay_hasTheSameBits_andTakesNoOtherChange() {
        String whole = wholeRun();
        Hearing.Replay replay = replay("whole");
        assertThat(replay.changes()).containsExactly(new JobChange(1, 13, FIRST), new JobChange(2, 22, SECOND));
        try (TrainJob job = open("again", replay)) {
            train(job, 14);
            assertThat(job.change(3, FIRST)).isEmpty();
        }
        try (TrainJob job = open("again", replay)) {
            train(job, STEPS);
        }

        assertThat(finalSha256("again")).isEqualTo(whole);
        assertThat(job("again").changes()).isEqualTo(replay.changes());
    }

    @Test
    void change_differsFromNone_andFromTheSameAtAnotherUpdate() {
        String whole = wholeRun();
        try (TrainJob job = open("later")) {
            train(job, 14);
            job.change(1, FIRST);
            train(job, 22);
            job.change(2, SECOND);
            train(job, STEPS);
        }

        assertThat(finalSha256("later")).isNotEqualTo(whole);
    }

    @Test
    void files_tellOfTheChange() throws IOException {
        wholeRun();

        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(job("whole").metrics())) {
            JsonNode json = new ObjectMapper().readTree(line);
            if (json.path("split").asText().equals("train")) {
                lines.add(json);
            }
        }
        assertThat(lines).extracting(line -> line.path("step").asInt()).containsExactly(5, 10, 15, 20, 25, 30, 35, 40);
        assertThat(lines.get(1).has("set")).isFalse();
        assertThat(lines.get(1).path("lr").asDouble()).isEqualTo(1e-3);
        assertThat(lines.get(2).path("lr").asDouble()).isEqualTo(5e-4);
        assertThat(lines.get(2).path("set").toString()).isEqualTo("{\"k\":6.0,\"learning-rate\":5.0E-4}");
        assertThat(lines.get(4).path("set").path("similarity.weight").asDouble())
                .isEqualTo(1.5);
        assertThat(Files.readAllLines(job("whole").path().resolve("changes.jsonl")))
                .containsExactly(
                        "{\"number\":1,\"step\":13,\"set\":{\"k\":\"6\",\"learning-rate\":\"5e-4\"}}",
                        "{\"number\":2,\"step\":22,\"set\":{\"similarity.deviations\":\"0.5\",\"similarity.weight\":\"1.5\"}}");
        assertThat(newest("whole").checkpoint().manifest().job().similarity().weight())
                .isEqualTo(1.5);
    }
}
