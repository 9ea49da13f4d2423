package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.ExchangeConfig;
import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.AdversarialConfig.Scope;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.config.JobConfig.MarginSource;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.exchange.AttributionSnapshot.Source;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.ExchangeRecord;
import org.unweave.model.exchange.ExchangeRecord.Heard;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.Mat;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.TextLosses;

/**
 * A job that hears others ends with the same bits wherever it was interrupted, and in a replay of what it heard; its file of
 * what it told has each period once, and a checkpoint stays until its attribution is heard.
 */
class ExchangedTrainingTest {
    private static final int ROWS = 32;
    private static final int WIDTH = 16;
    private static final int FEATURES = 48;
    private static final long STEPS = 40;
    private static final int EVERY = 5;
    private static final LabelledTexts TEXTS =
            TextLosses.texts(ROWS, 2, "00", "01", "10", "11", "00h", "01h", "10h", "11h");
    /** A checkpoint each four updates, two kept, the last evaluated. */
    private static final TrainConfig TRAIN =
            new TrainConfig(STEPS * ROWS, ROWS, 4, Duration.ofMillis(20), 0.1, List.of(1.0), 2, 10);

    private static final JobConfig JOB = Jobs.of("self-aligned")
            .features(FEATURES)
            .similarity(0.1, 20, 0.95, 0.5, MarginSource.POOLED)
            .attribution(AttributionSource.BOTH)
            .adversarial(0.3, Scope.BELOW_PERCENTILE)
            .orthogonality(0.1, 3)
            .job();

    @TempDir
    Path folder;

    private int epoch;

    private static LabelledTexts texts(long number) {
        return number % 4 == 3 ? TEXTS : LabelledTexts.NONE;
    }

    private static Mat batch(long number) {
        return TestJobs.batch(number, ROWS + (texts(number).isEmpty() ? 0 : 2 * TEXTS.count()), WIDTH);
    }

    private static Hearing.Plan plan(boolean repeatable, @Nullable List<Heard> replay) {
        // A checkpoint's attribution is heard six updates later, after the next checkpoint.
        return new Hearing.Plan(
                new ExchangeConfig(EVERY, repeatable, 0.15, ""),
                List.of("other"),
                replay == null ? null : new Hearing.Replay(replay, List.of()));
    }

    private TrainJob open(String run, Hearing.Plan plan) {
        return new TrainJob(
                new TrainJob.Setup(
                        folder.resolve(run),
                        "run = text",
                        TRAIN,
                        JOB,
                        WIDTH,
                        1,
                        ExchangedTrainingTest::texts,
                        TestJobs.batch(-1, ROWS, WIDTH),
                        epoch++,
                        plan,
                        Map.of()),
                new SimdOps(new Team(1)));
    }

    private TrainJob open(String run) {
        return open(run, plan(true, null));
    }

    private static EmaStatistics statistics(long step) {
        return new EmaStatistics("other", step, 0.1, 0.05, 0.2 + step / 100.0, 400 + step);
    }

    private static AttributionSnapshot snapshot(long step) {
        int first = (int) (step % FEATURES);
        return new AttributionSnapshot(
                "job",
                step,
                Source.EVALUATOR,
                "spurious",
                FEATURES,
                List.of(new Attributed(first, 0.7), new Attributed((first + 5) % FEATURES, 0.3)),
                0.5,
                0.75);
    }

    private static void step(TrainJob job) {
        try (Mat rowsBD = batch(job.nextBatch())) {
            job.step(rowsBD);
        }
        if (job.checkpointDue()) {
            job.checkpoint();
        }
    }

    /** Trains to a step, telling it what it waits for. */
    private static void train(TrainJob job, long to) {
        while (job.step() < to) {
            if (job.awaitedAttribution().isPresent()) {
                assertThat(job.hear(snapshot(job.awaitedAttribution().getAsLong())))
                        .isTrue();
            }
            if (job.awaited().isPresent()) {
                assertThat(job.hear(statistics(job.step() - EVERY))).isTrue();
            }
            assertThat(job.awaited()).isEmpty();
            step(job);
        }
    }

    private JobFolder job(String run) {
        return new JobFolder(folder.resolve(run), "job");
    }

    private String finalSha256(String run) {
        CheckpointFolder.Loaded newest = job(run).checkpoints().newest().orElseThrow();
        newest.state().close();
        assertThat(newest.checkpoint().manifest().step()).isEqualTo(STEPS);
        return newest.checkpoint().manifest().stateSha256();
    }

    private List<Heard> heard(String run) {
        CheckpointFolder.Loaded newest = job(run).checkpoints().newest().orElseThrow();
        try {
            return ExchangeRecord.of(newest.state());
        } finally {
            newest.state().close();
        }
    }

    private List<Heard> told(String run) throws IOException {
        return Files.readAllLines(job(run).told()).stream()
                .map(ExchangeRecord::heard)
                .toList();
    }

    private static List<Heard> wanted() {
        List<Heard> wanted = new ArrayList<>();
        for (long step = 0; step < STEPS; step++) {
            if (step >= 2 * EVERY && step % EVERY == 0) {
                wanted.add(new Heard(step, statistics(step - EVERY)));
            }
            if (step >= 10 && (step - 6) % 4 == 0) {
                wanted.add(new Heard(step, snapshot(step - 6)));
            }
        }
        return wanted;
    }

    @Test
    void record_hasWhatWasHeardBeforeWhichUpdate() {
        try (TrainJob job = open("run")) {
            train(job, STEPS);
        }

        assertThat(heard("run")).isEqualTo(wanted());
    }

    @Test
    void job_interruptedAnywhere_endsWithTheSameBits() throws IOException {
        try (TrainJob job = open("whole")) {
            train(job, STEPS);
        }
        for (long stop : new long[] {3, 10, 11, 19, 37}) {
            try (TrainJob job = open("broken")) {
                train(job, stop);
            }
        }
        try (TrainJob job = open("broken")) {
            assertThat(job.step()).isEqualTo(36);
            train(job, STEPS);
        }

        assertThat(finalSha256("broken")).isEqualTo(finalSha256("whole"));
        assertThat(heard("broken")).isEqualTo(wanted());
        assertThat(told("broken")).isEqualTo(told("whole"));
    }

    @Test
    void checkpointBetween_thatWasAskedFor_isGoneOnFromWithTheSameBits() {
        try (TrainJob job = open("whole")) {
            train(job, STEPS);
        }
        for (long stop : new long[] {10, 11, 15, 21}) {
            try (TrainJob job = open("broken")) {
                train(job, stop);
                job.checkpoint();
            }
        }
        try (TrainJob job = open("broken")) {
            assertThat(job.step()).isEqualTo(21);
            train(job, STEPS);
        }

        assertThat(finalSha256("broken")).isEqualTo(finalSha256("whole"));
    }

    @Test
    void whatIsHeard_changesTheBits() {
        try (TrainJob job = open("hearing")) {
            train(job, STEPS);
        }
        try (TrainJob job = open("deaf", plan(true, List.of()))) {
            train(job, STEPS);
        }

        assertThat(heard("deaf")).isEmpty();
        assertThat(finalSha256("deaf")).isNotEqualTo(finalSha256("hearing"));
    }

    @ParameterizedTest
    @ValueSource(longs = {STEPS, 18})
    void replay_hasTheBitsOfTheRunThatWasNotRepeatable(long brokenAt) {
        try (TrainJob job = open("loose", plan(false, null))) {
            while (!job.done()) {
                if (Set.of(9L, 17L, 33L).contains(job.step())) {
                    job.hear(statistics(job.step() - 2));
                    job.hear(snapshot(job.step() / 4 * 4));
                }
                assertThat(job.awaited()).isEmpty();
                step(job);
            }
        }
        assertThat(heard("loose")).extracting(Heard::step).containsExactly(9L, 9L, 17L, 17L, 33L, 33L);

        Hearing.Plan replay = plan(false, heard("loose"));
        try (TrainJob job = open("again", replay)) {
            train(job, brokenAt);
        }
        try (TrainJob job = open("again", replay)) {
            train(job, STEPS);
        }

        assertThat(finalSha256("again")).isEqualTo(finalSha256("loose"));
    }

    @Test
    void told_hasALineForEachPeriod_andIsCutBackToTheCheckpoint() throws IOException {
        try (TrainJob job = open("run")) {
            train(job, 23);
        }
        List<Heard> first = told("run");
        assertThat(first).extracting(Heard::step).containsExactly(5L, 10L, 15L, 20L);
        assertThat(first).allSatisfy(line -> {
            assertThat(line.told()).isInstanceOf(EmaStatistics.class);
            assertThat(line.told().job()).isEqualTo("job");
            assertThat(line.told().step()).isEqualTo(line.step());
        });
        Path damaged = job("run").checkpoints().at(20);
        Files.write(damaged.resolve("state.safetensors"), new byte[] {1, 2, 3});

        try (TrainJob job = open("run")) {
            assertThat(job.step()).isEqualTo(16);
            assertThat(told("run")).isEqualTo(first.subList(0, 3));
            train(job, STEPS);
        }

        assertThat(told("run")).extracting(Heard::step).containsExactly(5L, 10L, 15L, 20L, 25L, 30L, 35L, 40L);
        assertThat(told("run").subList(0, 4)).isEqualTo(first);
    }

    @Test
    void takeTold_givesEachPeriodOnce_asTheFileHasIt() throws IOException {
        List<Told> taken = new ArrayList<>();
        try (TrainJob job = open("run")) {
            while (job.step() < 12) {
                train(job, job.step() + 1);
                taken.addAll(job.takeTold());
                assertThat(job.takeTold()).isEmpty();
            }
        }

        assertThat(taken)
                .filteredOn(EmaStatistics.class::isInstance)
                .extracting(Told::step)
                .containsExactly(5L, 10L);
        assertThat(taken)
                .filteredOn(EmaStatistics.class::isInstance)
                .isEqualTo(told("run").stream().map(Heard::told).toList());
        assertThat(taken)
                .filteredOn(AttributionSnapshot.class::isInstance)
                .as("there were labelled texts before each")
                .extracting(Told::step)
                .containsExactly(5L, 10L);
    }

    @Test
    void checkpointsWithoutAttribution_areNotPruned_andAreNamedToWhoeverOpensTheJob() {
        try (TrainJob job = open("run", plan(false, null))) {
            while (job.step() < 24) {
                step(job);
            }
            assertThat(job("run").checkpoints().steps()).containsExactly(4L, 8L, 12L, 16L, 20L, 24L);
        }
        try (TrainJob job = open("run", plan(false, null))) {
            assertThat(job.attributedCheckpoints())
                    .extracting(CheckpointRef::step)
                    .containsExactly(4L, 8L, 12L, 16L, 20L, 24L);
            assertThat(job.evaluatedCheckpoints()).isEmpty();
            job.hear(snapshot(16));
            while (job.step() < 28) {
                step(job);
            }
            assertThat(job("run").checkpoints().steps()).containsExactly(20L, 24L, 28L);
            assertThat(job.attributedCheckpoints())
                    .extracting(CheckpointRef::step)
                    .containsExactly(20L, 24L, 28L);
            while (!job.done()) {
                assertThat(job.attributionDue()).isEqualTo(job.step() % 4 == 0);
                step(job);
            }
            assertThat(job.attributionDue())
                    .as("nothing is learned of the last")
                    .isFalse();
            assertThat(job.evaluationDue()).isTrue();
        }
    }

    @Test
    void awaited_isFoundInTheFileOfAPeer_thatNobodyListenedTo() throws IOException {
        Path other = Files.createDirectories(folder.resolve("run/jobs/other"));
        StringBuilder lines = new StringBuilder();
        LongStream.of(5, 10, 15, 20, 25, 30, 35, 40)
                .forEach(step -> lines.append(ExchangeRecord.line(new Heard(step, statistics(step))))
                        .append('\n'));
        Files.writeString(other.resolve("told.jsonl"), lines);
        try (TrainJob job = open("run")) {
            while (!job.done()) {
                if (job.awaitedAttribution().isPresent()) {
                    job.hear(snapshot(job.awaitedAttribution().getAsLong()));
                }
                assertThat(job.awaited()).isEmpty();
                step(job);
            }
        }

        assertThat(heard("run")).isEqualTo(wanted());
    }
}
