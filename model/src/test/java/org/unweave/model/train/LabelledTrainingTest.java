package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.config.JobConfig.AdversarialConfig.Scope;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.TestJobs;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.State;
import org.unweave.model.math.Team;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.TextLosses;

/**
 * Training with labelled texts in every fourth batch goes on from any of its states with the same bits and the same lines,
 * and each line shows the shares that were measured of the last labelled texts.
 */
class LabelledTrainingTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 16;
    private static final long STEPS = 40;
    private static final LabelledTexts TEXTS =
            TextLosses.texts(ROWS, 2, "00", "01", "10", "11", "00", "01", "10", "11", "00h", "01h", "10h", "11h");

    @TempDir
    Path folder;

    private static LabelledTexts texts(long number) {
        return (number + 1) % 4 == 0 ? TEXTS : LabelledTexts.NONE;
    }

    /** Texts lie along one direction by their main label, and along another by the spurious one. */
    private static Mat batch(long number) {
        if (texts(number).isEmpty()) {
            return TestJobs.batch(number, ROWS, WIDTH);
        }
        Mat rowsBD = TestJobs.batch(number, ROWS + 2 * TEXTS.count(), WIDTH);
        for (int text = 0; text < TEXTS.count(); text++) {
            for (int row = TEXTS.row(text); row < TEXTS.row(text) + 2; row++) {
                rowsBD.set(row, 0, rowsBD.get(row, 0) + TEXTS.labels(text).main());
                rowsBD.set(row, 1, rowsBD.get(row, 1) + TEXTS.labels(text).spurious());
            }
        }
        return rowsBD;
    }

    private static JobConfig job(String variant, ActivationKind kind) {
        Jobs jobs = Jobs.of(variant)
                .features(48)
                .similarity(0.1, 20, 0.95, 0.5)
                .adversarial(0.3, variant.equals("self-aligned") ? Scope.BELOW_PERCENTILE : Scope.ALL)
                .orthogonality(0.1, 3)
                .activation(kind);
        return (variant.equals("contrastive") ? jobs.contrastive(0.2, 0.1) : jobs).job();
    }

    static Stream<Arguments> jobs() {
        return Stream.of(
                Arguments.of("attribution-adversarial", ActivationKind.AUTO),
                Arguments.of("contrastive", ActivationKind.AUTO),
                Arguments.of("contrastive", ActivationKind.RELU),
                Arguments.of("contrastive", ActivationKind.JUMP_RELU),
                Arguments.of("self-aligned", ActivationKind.AUTO));
    }

    private static TrainLoop loop(JobConfig job) {
        return new TrainLoop(new SaeConfig(job, WIDTH, STEPS, ROWS, 1), new SimdOps(new Team(1)));
    }

    private static LossTerms step(TrainLoop loop) {
        try (Mat rowsBD = batch(loop.step())) {
            return loop.step(rowsBD, texts(loop.step()), true);
        }
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void loop_loadedAnywhere_goesOnWithTheSameBitsAndShowsTheSame(String variant, ActivationKind kind) {
        JobConfig job = job(variant, kind);
        List<State> states = new ArrayList<>();
        List<LossTerms> shown = new ArrayList<>();
        State end;
        try (TrainLoop loop = loop(job)) {
            while (loop.step() < 21) {
                states.add(States.of(loop));
                shown.add(step(loop));
            }
            end = States.of(loop);
        }
        // Before the first texts, behind them, behind batches without any, and where the terms all act.
        for (int from : new int[] {3, 4, 6, 7, 8, 18}) {
            try (TrainLoop loop = loop(job)) {
                loop.load(states.get(from));
                while (loop.step() < 21) {
                    int at = (int) loop.step();
                    assertThat(step(loop)).isEqualTo(shown.get(at));
                }
                States.assertSameBits(States.of(loop), end);
            }
        }
        assertThat(shown.getLast().terms()).allSatisfy((name, value) -> {
            if (!name.equals("aux_k")) {
                assertThat(value).as(name).isPositive();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("jobs")
    void terms_overARun_haveASpuriousLabelThatIsTold(String variant, ActivationKind kind) {
        try (TrainLoop loop = loop(job(variant, kind))) {
            LossTerms last = step(loop);
            while (!loop.done()) {
                last = step(loop);
            }
            assertThat(last.curves().get("main_accuracy")).isGreaterThan(0.6);
            assertThat(last.curves().get("spurious_accuracy")).isBetween(0.5, 1.0);
            assertThat(last.curves().get("attributed_latents")).isBetween(2.0, 12.0);
            assertThat(last.gradientShare().get("adversarial")).isPositive();
            assertThat(last.gradientShare().get("orthogonality")).isPositive();
        }
    }

    private TrainJob open(int epoch, Mat heldOutBD, Ops ops) {
        TrainConfig train = new TrainConfig(STEPS * ROWS, ROWS, 4, Duration.ofMillis(20), 0.5, List.of(1.0), 2, 10);
        return new TrainJob(
                new TrainJob.Setup(
                        folder,
                        "run = text",
                        train,
                        job("contrastive", ActivationKind.AUTO),
                        WIDTH,
                        1,
                        LabelledTrainingTest::texts,
                        heldOutBD,
                        epoch,
                        Hearing.Plan.NONE,
                        Map.of()),
                ops);
    }

    private static void train(TrainJob job, long to) {
        while (job.step() < to) {
            try (Mat rowsBD = batch(job.nextBatch())) {
                job.step(rowsBD);
            }
        }
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(new JobFolder(folder, "job").metrics())) {
            JsonNode json = new ObjectMapper().readTree(line);
            if (json.get("split").asText().equals("train")) {
                lines.add(json);
            }
        }
        return lines;
    }

    @Test
    void lines_showTheLastLabelledTextsBeforeThem_alsoAfterAnInterruption() throws IOException {
        List<LossTerms> alone = new ArrayList<>();
        try (TrainLoop loop = loop(job("contrastive", ActivationKind.AUTO))) {
            while (!loop.done()) {
                alone.add(step(loop));
            }
        }
        try (Mat heldOutBD = TestJobs.batch(-1, ROWS, WIDTH);
                Ops ops = new SimdOps(new Team(1))) {
            try (TrainJob job = open(0, heldOutBD, ops)) {
                train(job, 9); // past the texts of batch 7, which the line of step 10 is to show
                job.checkpoint();
            }
            try (TrainJob job = open(1, heldOutBD, ops)) {
                assertThat(job.step()).isEqualTo(9);
                train(job, STEPS);
                job.checkpoint();
            }
        }
        List<JsonNode> lines = lines();
        assertThat(lines).hasSize(4);
        int[] lastTexts = {7, 19, 27, 39};
        for (int line = 0; line < 4; line++) {
            LossTerms then = alone.get(lastTexts[line]);
            for (String term : List.of("adversarial", "contrastive")) {
                assertThat(lines.get(line).get("terms").get(term).asDouble())
                        .as("%s of line %d", term, line)
                        .isPositive()
                        .isEqualTo(then.terms().get(term));
                assertThat(lines.get(line).get("term_gradient_share").get(term).asDouble())
                        .as("share of %s in line %d", term, line)
                        .isPositive()
                        .isEqualTo(then.gradientShare().get(term));
            }
        }
    }
}
