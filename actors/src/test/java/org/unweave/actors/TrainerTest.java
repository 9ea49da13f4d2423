package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.pubsub.Topic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.ExchangeConfig;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.ExchangeRecord;
import org.unweave.model.math.Mat;
import org.unweave.model.train.Hearing;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.TrainJob;

/**
 * A trainer ends with the bits of a training loop alone, whatever it is told on the way; it answers between updates,
 * takes no batch of before a pause, keeps no slot that it does not work with, and waits for what it is to hear.
 */
class TrainerTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final Props OWN_THREAD = DispatcherSelector.fromConfig("unweave.trainer-dispatcher");

    @TempDir
    Path folder;

    private final TestProbe<Trainer.Event> events = KIT.createTestProbe(Trainer.Event.class);
    private final TestProbe<MetricsHub.Command> hub = KIT.createTestProbe(MetricsHub.Command.class);
    private final TestProbe<ActivationFeed.Command> feedProbe = KIT.createTestProbe(ActivationFeed.Command.class);
    private final JobConfig job = TestRun.job("topk");
    private final ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1));
    private RunConfig run = TestRun.of(Path.of("."), List.of(), TestRun.supervision(1), "topk");

    @BeforeEach
    void makeRun() {
        run = TestRun.of(folder, List.of(), TestRun.supervision(1), "topk", "standard", "dynamic-margin");
    }

    @AfterAll
    static void shutDown() {
        KIT.shutdownTestKit();
    }

    private ActorRef<Trainer.Command> train(
            JobConfig config, int epoch, Supplier<TrainJob> open, ActorRef<ActivationFeed.Command> feed) {
        return KIT.spawn(
                Trainer.create(new Trainer.Setup(
                        "run",
                        config.name(),
                        epoch,
                        open,
                        OptionalDouble.empty(),
                        Seat.CPU,
                        run.train().slice(),
                        step -> Optional.empty(),
                        KIT.spawn(Topic.create(Exchanged.class, "exchange")),
                        feed,
                        slots,
                        hub.getRef(),
                        events.getRef())),
                OWN_THREAD);
    }

    private ActorRef<Trainer.Command> train(JobConfig config, int epoch, ActorRef<ActivationFeed.Command> feed) {
        return train(config, epoch, () -> TestRun.open(run, config, epoch), feed);
    }

    private static ActorRef<ActivationFeed.Command> feed(int window) {
        return KIT.spawn(ActivationFeed.create(TestRun::read, TestRun.ROWS, TestRun.WIDTH, window));
    }

    /** The next event of this kind; those before it are passed over, but never a failure. */
    private <T extends Trainer.Event> T await(Class<T> kind) {
        while (true) {
            Trainer.Event event = events.receiveMessage(WAIT);
            if (kind.isInstance(event)) {
                return kind.cast(event);
            }
            assertThat(event).isNotInstanceOf(Trainer.Failed.class);
        }
    }

    private ActivationFeed.Next request(long batch, long done) {
        ActivationFeed.Next next = feedProbe.expectMessageClass(ActivationFeed.Next.class, WAIT);
        assertThat(next.batch()).isEqualTo(batch);
        assertThat(next.done()).isEqualTo(done);
        return next;
    }

    private static void answer(ActivationFeed.Next next) {
        next.replyTo().tell(new ActivationFeed.BatchReady(next.batch(), next.ticket(), TestRun.batch(next.batch())));
    }

    private void expectSlotIsFree() {
        TestProbe<Slots.Lease> other = KIT.createTestProbe(Slots.Lease.class);
        slots.tell(new Slots.Request(other.getRef()));
        slots.tell(new Slots.Return(other.receiveMessage(WAIT)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"topk", "standard", "dynamic-margin"})
    void trainer_endsWithTheBitsOfALoopAlone(String variant) {
        JobConfig config = TestRun.job(variant);
        train(config, 0, feed(4));
        assertThat(await(Trainer.Started.class))
                .isEqualTo(new Trainer.Started("run", variant, 0, 0, 1, List.of(), List.of()));
        List<Long> written = new ArrayList<>();
        List<Long> evaluated = new ArrayList<>();
        Trainer.Event event = events.receiveMessage(WAIT);
        while (event instanceof Trainer.CheckpointWritten checkpoint) {
            written.add(checkpoint.ref().step());
            if (checkpoint.wanted().contains(Judgement.SCHEDULED)) {
                evaluated.add(checkpoint.ref().step());
            }
            event = events.receiveMessage(WAIT);
        }
        assertThat(event).isInstanceOf(Trainer.Finished.class);
        assertThat(written).containsExactly(6L, 12L, 18L, 24L, 30L, 36L, 42L, 48L, 54L, 60L);
        assertThat(evaluated).containsExactly(30L, 60L);
        assertThat(TestRun.finalSha256(run, variant)).isEqualTo(TestRun.sha256Alone(folder.resolve("alone"), config));
        List<MetricsHub.JobMetrics> published = new ArrayList<>();
        while (published.isEmpty()
                || published.getLast().step() < 60
                || published.getLast().split().equals("train")) {
            if (hub.receiveMessage(WAIT) instanceof MetricsHub.JobMetrics line) {
                published.add(line);
            }
        }
        assertThat(steps(published, "train")).containsExactly(10L, 20L, 30L, 40L, 50L, 60L);
        assertThat(steps(published, "held-out")).containsExactlyElementsOf(written);
        assertThat(published).allSatisfy(line -> {
            assertThat(line.rows()).isEqualTo(line.step() * TestRun.ROWS);
            assertThat(line.terms()).containsKey("reconstruction");
        });
        assertThat(published.getLast().spent().compute()).isPositive();
        assertThat(published.getLast().spent().checkpoint()).isPositive();
        expectSlotIsFree();
    }

    private static List<Long> steps(List<MetricsHub.JobMetrics> lines, String split) {
        return lines.stream()
                .filter(line -> line.split().equals(split))
                .map(MetricsHub.JobMetrics::step)
                .toList();
    }

    @Test
    void change_isTakenBetweenTwoUpdates_onceAndInOrder_andTold() {
        ActorRef<Trainer.Command> trainer = train(job, 0, feedProbe.getRef());
        answer(request(0, 0));
        request(1, 0);
        ActivationFeed.Next second = request(2, 1);
        JobChange first = new JobChange(1, JobChange.UNDECIDED, Map.of("k", "6"));
        JobChange third = new JobChange(3, JobChange.UNDECIDED, Map.of("k", "7"));
        trainer.tell(new Trainer.Change(third));
        trainer.tell(new Trainer.Change(first));
        trainer.tell(new Trainer.Change(first));
        trainer.tell(Trainer.WriteCheckpoint.INSTANCE);

        assertThat(await(Trainer.Changed.class)).isEqualTo(new Trainer.Changed("run", "topk", 0, first.at(1)));
        assertThat(events.receiveMessage(WAIT)).isInstanceOf(Trainer.CheckpointWritten.class);
        assertThat(second.done()).isEqualTo(1);
        KIT.stop(trainer, WAIT);
        train(job, 1, feed(4));
        assertThat(await(Trainer.Started.class).step()).isEqualTo(1);
        assertThat(events.receiveMessage(WAIT))
                .as("of an earlier placement")
                .isEqualTo(new Trainer.Changed("run", "topk", 1, first.at(1)));
        await(Trainer.Finished.class);
        CheckpointFolder.Loaded last = TestRun.newest(run, "topk");
        last.state().close();
        assertThat(last.checkpoint().manifest().job().k()).isEqualTo(6);
    }

    @Test
    void pausedTrainer_givesItsBatchesBack_andTakesNoneOfBefore() {
        ActorRef<Trainer.Command> trainer = train(job, 0, feedProbe.getRef());
        ActivationFeed.Next zeroth = request(0, 0);
        ActivationFeed.Next early = request(1, 0);
        answer(zeroth);
        request(2, 1);
        trainer.tell(Trainer.Pause.INSTANCE);
        feedProbe.expectMessage(WAIT, new ActivationFeed.Leave("topk#0"));
        assertThat(await(Trainer.Paused.class).step()).isEqualTo(1);
        early.replyTo().tell(new ActivationFeed.BatchReady(1, early.ticket(), Mat.zeros(1, 1)));
        feedProbe.expectNoMessage(SHORT);
        expectSlotIsFree();
        trainer.tell(Trainer.Resume.INSTANCE);
        await(Trainer.Resumed.class);
        early.replyTo().tell(new ActivationFeed.BatchReady(1, early.ticket(), Mat.zeros(1, 1)));
        ActivationFeed.Next again = request(1, 1);
        request(2, 1);
        assertThat(again.ticket()).isNotEqualTo(early.ticket());
        answer(again);
        request(3, 2);
        events.expectNoMessage(SHORT);
    }

    @Test
    void pausedWhileItWaitsForASlot_holdsNobodyBack() {
        TestProbe<Slots.Lease> other = KIT.createTestProbe(Slots.Lease.class);
        slots.tell(new Slots.Request(other.getRef()));
        final Slots.Lease lease = other.receiveMessage(WAIT);
        ActorRef<Trainer.Command> trainer = train(job, 0, feedProbe.getRef());
        answer(request(0, 0));
        request(1, 0);
        trainer.tell(Trainer.WriteCheckpoint.INSTANCE);
        await(Trainer.CheckpointWritten.class);
        trainer.tell(Trainer.Pause.INSTANCE);
        feedProbe.expectMessage(WAIT, new ActivationFeed.Leave("topk#0"));
        slots.tell(new Slots.Return(lease));
        expectSlotIsFree();
        feedProbe.expectNoMessage(SHORT);
    }

    @Test
    void commandsBetweenUpdates_changeNoBits() {
        ActorRef<ActivationFeed.Command> feed = feed(4);
        ActorRef<Trainer.Command> trainer = train(job, 0, feed);
        for (int i = 0; i < 5; i++) {
            trainer.tell(Trainer.WriteCheckpoint.INSTANCE);
            trainer.tell(Trainer.Pause.INSTANCE);
            long step = await(Trainer.Paused.class).step();
            trainer.tell(Trainer.WriteCheckpoint.INSTANCE);
            assertThat(await(Trainer.CheckpointWritten.class).ref().step()).isEqualTo(step);
            trainer.tell(Trainer.Resume.INSTANCE);
            assertThat(await(Trainer.Resumed.class).step()).isEqualTo(step);
        }
        await(Trainer.Finished.class);
        assertThat(TestRun.finalSha256(run, "topk")).isEqualTo(TestRun.sha256Alone(folder.resolve("alone"), job));
    }

    @Test
    void stoppedTrainer_goesOnInTheNextWithTheSameBits() {
        ActorRef<ActivationFeed.Command> feed = feed(4);
        long step = 0;
        for (int epoch = 0; epoch < 4; epoch++) {
            ActorRef<Trainer.Command> trainer = train(job, epoch, feed);
            Trainer.Started started = await(Trainer.Started.class);
            assertThat(started.step()).isEqualTo(step);
            await(Trainer.CheckpointWritten.class);
            trainer.tell(Trainer.Stop.INSTANCE);
            step = await(Trainer.Stopped.class).step();
            KIT.createTestProbe().expectTerminated(trainer, WAIT);
            assertThat(TestRun.newest(run, "topk").checkpoint().manifest().step())
                    .isEqualTo(step);
            assertThat(TestRun.newest(run, "topk").checkpoint().manifest().epoch())
                    .isLessThanOrEqualTo(epoch);
        }
        train(job, 4, feed);
        await(Trainer.Finished.class);
        assertThat(TestRun.finalSha256(run, "topk")).isEqualTo(TestRun.sha256Alone(folder.resolve("alone"), job));
    }

    @Test
    void stoppedWhilePaused_endsWithACheckpointOfItsStep() {
        ActorRef<Trainer.Command> trainer = train(job, 0, feedProbe.getRef());
        answer(request(0, 0));
        request(1, 0);
        request(2, 1);
        trainer.tell(Trainer.Pause.INSTANCE);
        await(Trainer.Paused.class);
        trainer.tell(Trainer.Stop.INSTANCE);
        assertThat(await(Trainer.CheckpointWritten.class).ref().step()).isEqualTo(1);
        assertThat(await(Trainer.Stopped.class).step()).isEqualTo(1);
        KIT.createTestProbe().expectTerminated(trainer, WAIT);
        expectSlotIsFree();
    }

    @Test
    void stoppedBeforeItsFirstUpdate_endsWithNone() {
        ActorRef<Trainer.Command> trainer = train(job, 0, feedProbe.getRef());
        await(Trainer.Started.class);
        trainer.tell(Trainer.Stop.INSTANCE);
        assertThat(events.receiveMessage(WAIT)).isEqualTo(new Trainer.Stopped("run", "topk", 0, 0));
        assertThat(TestRun.checkpoints(run, "topk").steps()).isEmpty();
    }

    @Test
    void finishedJob_isFinishedAgainWhenItIsOpened() {
        ActorRef<ActivationFeed.Command> feed = feed(4);
        train(job, 0, feed);
        Trainer.Finished finished = await(Trainer.Finished.class);
        train(job, 1, feed);
        assertThat(await(Trainer.Started.class).step()).isEqualTo(TestRun.STEPS);
        Trainer.Finished again = await(Trainer.Finished.class);
        assertThat(again.pace().seconds()).isCloseTo(finished.pace().seconds(), within(0.001));
        assertThat(again.pace().rowsPerSecond()).isCloseTo(finished.pace().rowsPerSecond(), within(0.001));
    }

    @Test
    void failingTrainer_tellsWhy_andGivesBackItsSlotAndItsBatches() {
        ActorRef<Trainer.Command> trainer = train(job, 3, feedProbe.getRef());
        answer(request(0, 0));
        ActivationFeed.Next next = request(1, 0);
        request(2, 1);
        next.replyTo().tell(new ActivationFeed.BatchReady(1, next.ticket(), Mat.zeros(TestRun.ROWS, 3)));
        await(Trainer.Started.class);
        assertThat(events.receiveMessage(WAIT)).isInstanceOfSatisfying(Trainer.Failed.class, failed -> {
            assertThat(failed.epoch()).isEqualTo(3);
            assertThat(failed.step()).isEqualTo(1);
            assertThat(failed.diverged()).isFalse();
            assertThat(failed.reason()).contains("3");
        });
        feedProbe.expectMessage(WAIT, new ActivationFeed.Leave("topk#3"));
        KIT.createTestProbe().expectTerminated(trainer, WAIT);
        expectSlotIsFree();
    }

    @Test
    void notANumber_isToldAsSuch() {
        train(job, 0, feedProbe.getRef());
        ActivationFeed.Next next = request(0, 0);
        Mat rowsBD = TestRun.batch(0);
        rowsBD.set(3, 2, Float.NaN);
        next.replyTo().tell(new ActivationFeed.BatchReady(0, next.ticket(), rowsBD));
        await(Trainer.Started.class);
        assertThat(events.receiveMessage(WAIT)).isInstanceOfSatisfying(Trainer.Failed.class, failed -> {
            assertThat(failed.diverged()).isTrue();
            assertThat(failed.reason()).contains("not a finite number");
        });
        expectSlotIsFree();
    }

    @Test
    void batchThatCannotBeRead_isAFailureWithItsReason() {
        train(job, 0, feedProbe.getRef());
        ActivationFeed.Next next = request(0, 0);
        next.replyTo().tell(new ActivationFeed.BatchFailed(0, next.ticket(), "shard 3 is damaged"));
        await(Trainer.Started.class);
        assertThat(events.receiveMessage(WAIT))
                .isInstanceOfSatisfying(
                        Trainer.Failed.class,
                        failed -> assertThat(failed.reason()).contains("batch 0", "shard 3 is damaged"));
    }

    @Test
    void jobThatCannotBeOpened_isAFailureWithItsReason() {
        ActorRef<Trainer.Command> trainer = train(
                job,
                2,
                () -> {
                    throw new IllegalStateException("no room");
                },
                feedProbe.getRef());
        assertThat(events.receiveMessage(WAIT))
                .isEqualTo(new Trainer.Failed("run", "topk", 2, 0, "java.lang.IllegalStateException: no room", false));
        KIT.createTestProbe().expectTerminated(trainer, WAIT);
    }

    @Test
    void trainerWithoutItsBatch_keepsNoSlot() {
        train(job, 0, feedProbe.getRef());
        answer(request(0, 0));
        request(1, 0);
        request(2, 1);
        expectSlotIsFree();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void threeJobsOfOneSlot_getThroughTheNarrowestWindow(int window) {
        ActorRef<ActivationFeed.Command> feed = feed(window);
        run.jobs().forEach(config -> train(config, 0, feed));
        for (int i = 0; i < 3; i++) {
            await(Trainer.Finished.class);
        }
        for (JobConfig config : run.jobs()) {
            assertThat(TestRun.finalSha256(run, config.name()))
                    .isEqualTo(TestRun.sha256Alone(folder.resolve("alone-" + config.name()), config));
        }
        expectSlotIsFree();
    }

    @Test
    void checkpoints_areTheNewestAndTheEvaluated() throws IOException {
        train(job, 0, feed(4));
        await(Trainer.Finished.class);
        assertThat(TestRun.checkpoints(run, "topk").steps()).containsExactly(30L, 54L, 60L);
        assertThat(Files.readAllLines(run.folder().resolve("jobs/topk/metrics.jsonl")))
                .filteredOn(line -> line.contains("\"split\":\"train\""))
                .hasSize(6);
    }

    /** Tells its statistics each ten updates, and hears the attribution of a checkpoint six updates later. */
    private static Hearing.Plan plan() {
        return new Hearing.Plan(new ExchangeConfig(10, true, 0.1, ""), List.of(), null);
    }

    private static AttributionSnapshot snapshot(long step) {
        return new AttributionSnapshot(
                "self-aligned",
                step,
                AttributionSnapshot.Source.EVALUATOR,
                "spurious",
                TestRun.FEATURES,
                List.of(new AttributionSnapshot.Attributed(3, 1)),
                0.5,
                0.75);
    }

    // Topics of one name are one topic, whoever spawned them.
    private static ActorRef<Topic.Command<Exchanged>> topic(String name) {
        return KIT.spawn(Topic.create(Exchanged.class, name));
    }

    private ActorRef<Trainer.Command> exchange(
            JobConfig config,
            Duration slice,
            LongFunction<Optional<AttributionSnapshot>> attribution,
            ActorRef<Topic.Command<Exchanged>> topic,
            ActorRef<ActivationFeed.Command> feed,
            ActorRef<Slots.Command> lender) {
        return KIT.spawn(
                Trainer.create(new Trainer.Setup(
                        "run",
                        config.name(),
                        0,
                        () -> TestRun.open(run, config, 0, plan()),
                        OptionalDouble.empty(),
                        Seat.CPU,
                        slice,
                        attribution,
                        topic,
                        feed,
                        lender,
                        hub.getRef(),
                        events.getRef())),
                OWN_THREAD);
    }

    private List<Long> heardAt() {
        CheckpointFolder.Loaded newest = TestRun.newest(run, "self-aligned");
        try {
            return ExchangeRecord.of(newest.state()).stream()
                    .map(ExchangeRecord.Heard::step)
                    .toList();
        } finally {
            newest.state().close();
        }
    }

    @Test
    void trainerThatAwaitsAnAttribution_saysSo_keepsNoSlot_andGoesOnWhenItIsTold() {
        ActorRef<Topic.Command<Exchanged>> topic = topic("told");
        ActorRef<Trainer.Command> trainer =
                exchange(TestRun.attributedJob(), run.train().slice(), step -> Optional.empty(), topic, feed(4), slots);
        for (long checkpoint : new long[] {6, 12}) {
            assertThat(await(Trainer.Paused.class))
                    .isEqualTo(new Trainer.Paused(
                            "run",
                            "self-aligned",
                            0,
                            checkpoint + 6,
                            "it waits for what an evaluator finds in its checkpoint of step " + checkpoint));
            expectSlotIsFree();
            topic.tell(Topic.publish(new Exchanged("another run", snapshot(checkpoint))));
            topic.tell(Topic.publish(new Exchanged("run", snapshot(checkpoint + 6000))));
            events.expectNoMessage(SHORT);
            topic.tell(Topic.publish(new Exchanged("run", snapshot(checkpoint))));
            assertThat(await(Trainer.Resumed.class).step()).isEqualTo(checkpoint + 6);
        }
        await(Trainer.Paused.class);
        trainer.tell(Trainer.Stop.INSTANCE);
        assertThat(await(Trainer.Stopped.class).step()).isEqualTo(24);
        KIT.createTestProbe().expectTerminated(trainer, WAIT);
        assertThat(heardAt()).containsExactly(12L, 18L);
    }

    @Test
    void leaseAskedForBeforeItAwaits_isGivenBackAtOnce() {
        TestProbe<Slots.Command> lender = KIT.createTestProbe(Slots.Command.class);
        ActorRef<Topic.Command<Exchanged>> topic = topic("lease");
        // A lease for each update; it asks for the next while it holds a batch for it.
        exchange(
                TestRun.attributedJob(),
                Duration.ZERO,
                step -> Optional.empty(),
                topic,
                feedProbe.getRef(),
                lender.getRef());
        answer(request(0, 0));
        answer(request(1, 0));
        for (long step = 0; step < 12; step++) {
            Slots.Request asked = lender.expectMessageClass(Slots.Request.class, WAIT);
            Slots.Lease lease = new Slots.Lease(Seat.CPU, 0, asked.replyTo());
            asked.replyTo().tell(lease);
            lender.expectMessage(WAIT, new Slots.Return(lease));
            if (step < 11) {
                answer(request(step + 2, step + 1));
            }
        }
        Slots.Request asked = lender.expectMessageClass(Slots.Request.class, WAIT);
        assertThat(await(Trainer.Paused.class).step()).isEqualTo(12);
        feedProbe.expectMessage(WAIT, new ActivationFeed.Leave("self-aligned#0"));
        Slots.Lease late = new Slots.Lease(Seat.CPU, 0, asked.replyTo());
        asked.replyTo().tell(late);
        lender.expectMessage(WAIT, new Slots.Return(late));
        lender.expectNoMessage(SHORT);

        topic.tell(Topic.publish(new Exchanged("run", snapshot(6))));
        await(Trainer.Resumed.class);
        answer(request(12, 12));
        lender.expectMessageClass(Slots.Request.class, WAIT);
    }

    @Test
    void attributionThatWasToldWhileNobodyListened_isLookedFor() {
        Map<Long, AttributionSnapshot> found = new ConcurrentHashMap<>();
        for (long step = 12; step < TestRun.STEPS; step += TestRun.INTERVAL) {
            found.put(step, snapshot(step));
        }
        exchange(
                TestRun.attributedJob(),
                run.train().slice(),
                step -> Optional.ofNullable(found.get(step)),
                topic("lost"),
                feed(4),
                slots);
        assertThat(await(Trainer.Paused.class).step()).isEqualTo(12);
        found.put(6L, snapshot(6));
        assertThat(await(Trainer.Resumed.class).step()).isEqualTo(12);
        Trainer.Event event = events.receiveMessage(WAIT);
        while (event instanceof Trainer.CheckpointWritten written) {
            List<Judgement> wanted = new ArrayList<>();
            if (written.ref().step() % 30 == 0) {
                wanted.add(Judgement.SCHEDULED);
            }
            if (written.ref().step() < TestRun.STEPS) {
                wanted.add(Judgement.ATTRIBUTION);
            }
            assertThat(written.wanted()).isEqualTo(wanted);
            event = events.receiveMessage(WAIT);
        }
        assertThat(event).as("it waited no more").isInstanceOf(Trainer.Finished.class);
        assertThat(heardAt()).containsExactly(12L, 18L, 24L, 30L, 36L, 42L, 48L, 54L);
    }

    @Test
    void statistics_areToldToTheOthersEachPeriod() {
        TestProbe<Exchanged> told = KIT.createTestProbe(Exchanged.class);
        ActorRef<Topic.Command<Exchanged>> topic = topic("statistics");
        topic.tell(Topic.subscribe(told.getRef()));
        exchange(TestRun.job("dynamic-margin"), run.train().slice(), step -> Optional.empty(), topic, feed(4), slots);
        for (long step = 10; step <= TestRun.STEPS; step += 10) {
            Exchanged one = told.receiveMessage(WAIT);
            assertThat(one.run()).isEqualTo("run");
            assertThat(one.told()).isInstanceOf(EmaStatistics.class);
            assertThat(one.told().job()).isEqualTo("dynamic-margin");
            assertThat(one.told().step()).isEqualTo(step);
        }
        await(Trainer.Finished.class);
        told.expectNoMessage(SHORT);
    }
}
