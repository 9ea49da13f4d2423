package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.SupervisionConfig;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.math.Mat;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.TrainJob;

/**
 * The supervisor's rules, with trainers that do what the test says: who is started again, when, with which learning
 * rate; what it refuses; and that a run is over when all is trained and judged, not before.
 */
class SupervisorTest {
    private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final SupervisionConfig SUPERVISION =
            new SupervisionConfig(Duration.ofSeconds(1), Duration.ofSeconds(5), 4);
    private static final Trainer.Pace PACE = new Trainer.Pace(12, 345);

    @TempDir
    Path folder;

    /** A trainer that was started. It obeys the test alone. */
    private record Attempt(
            String job, int epoch, OptionalDouble factor, ActorRef<Trainer.Event> supervisor, ActorRef<Object> self) {

        void starts(long step, double learningRateFactor) {
            supervisor.tell(new Trainer.Started(job, epoch, step, learningRateFactor));
        }

        void fails(String reason, boolean notFinite) {
            supervisor.tell(new Trainer.Failed(job, epoch, 7, reason, notFinite));
            self.tell(Die.INSTANCE);
        }

        void finishes() {
            supervisor.tell(new Trainer.Finished(job, epoch, TestRun.STEPS, PACE));
            self.tell(Die.INSTANCE);
        }

        CheckpointRef writes(long step, boolean evaluate) {
            CheckpointRef ref = new CheckpointRef(job, step, epoch, "file:/nowhere/" + step, "00", 1);
            supervisor.tell(new Trainer.CheckpointWritten(job, epoch, ref, evaluate, PACE));
            return ref;
        }
    }

    private record Told(String job, Trainer.Command command) {}

    private enum Die {
        INSTANCE
    }

    private final TestProbe<Attempt> attempts = KIT.createTestProbe(Attempt.class);
    private final TestProbe<Told> told = KIT.createTestProbe(Told.class);
    private final TestProbe<CheckpointRouter.Command> router = KIT.createTestProbe(CheckpointRouter.Command.class);
    private final TestProbe<Supervisor.RunEnded> owner = KIT.createTestProbe(Supervisor.RunEnded.class);
    private final TestProbe<Supervisor.Answer> answers = KIT.createTestProbe(Supervisor.Answer.class);
    private final ActorRef<ResultLedger.Command> ledger = KIT.spawn(ResultLedger.create());
    private final List<ActorRef<Supervisor.Command>> supervisors = new ArrayList<>();
    private RunConfig run = TestRun.of(Path.of("."), List.of(), SUPERVISION, "topk");

    @BeforeEach
    void makeRun() {
        run = TestRun.of(folder, List.of("core"), SUPERVISION, "topk", "standard");
    }

    // It would write into the folder that is removed.
    @AfterEach
    void stop() {
        supervisors.forEach(supervisor -> KIT.stop(supervisor, WAIT));
    }

    @AfterAll
    static void shutDown() {
        KIT.shutdownTestKit();
    }

    private Behavior<Trainer.Command> fake(
            JobConfig job, int epoch, OptionalDouble factor, ActorRef<Trainer.Event> supervisor) {
        Behavior<Object> behavior = Behaviors.setup(context -> {
            attempts.getRef().tell(new Attempt(job.name(), epoch, factor, supervisor, context.getSelf()));
            return Behaviors.receive(Object.class)
                    .onMessage(Die.class, die -> Behaviors.stopped())
                    .onMessage(Trainer.Command.class, command -> {
                        told.getRef().tell(new Told(job.name(), command));
                        return Behaviors.same();
                    })
                    .build();
        });
        return behavior.narrow();
    }

    private ActorRef<Supervisor.Command> supervise() {
        ActorRef<Supervisor.Command> supervisor =
                KIT.spawn(Supervisor.create(run, this::fake, router.getRef(), ledger, owner.getRef()));
        supervisors.add(supervisor);
        return supervisor;
    }

    private Map<String, Attempt> firstAttempts() {
        Attempt one = attempts.receiveMessage(WAIT);
        Attempt other = attempts.receiveMessage(WAIT);
        return Map.of(one.job(), one, other.job(), other);
    }

    private static JobFolder.Standing standing(ActorRef<Supervisor.Command> supervisor, String job) {
        TestProbe<Supervisor.Status> probe = KIT.createTestProbe(Supervisor.Status.class);
        supervisor.tell(new Supervisor.GetStatus(probe.getRef()));
        return probe.receiveMessage(WAIT).jobs().stream()
                .filter(standing -> standing.job().equals(job))
                .findFirst()
                .orElseThrow();
    }

    private void expectRestartAfter(ActorRef<Supervisor.Command> supervisor, String job, Duration pause) {
        assertThat(standing(supervisor, job).state()).isEqualTo("restarting");
        TIME.timePasses(pause.minusMillis(1));
        attempts.expectNoMessage(SHORT);
        TIME.timePasses(Duration.ofMillis(1));
    }

    private void judged(String job, long step, String problem) {
        TestProbe<ResultLedger.Recorded> recorded = KIT.createTestProbe(ResultLedger.Recorded.class);
        ledger.tell(new ResultLedger.Record(
                new ResultLedger.Judged("run", job, step, problem, Map.of("core.l0", 3.0)), recorded.getRef()));
        recorded.receiveMessage(WAIT);
    }

    private CheckpointRouter.Task routed() {
        return router.expectMessageClass(CheckpointRouter.Route.class, WAIT).task();
    }

    private Supervisor.Answer ask(
            ActorRef<Supervisor.Command> supervisor,
            Function<ActorRef<Supervisor.Answer>, Supervisor.Command> command) {
        supervisor.tell(command.apply(answers.getRef()));
        return answers.receiveMessage(WAIT);
    }

    @Test
    void failedJob_isStartedAgain_afterAPauseThatDoublesUpToItsCap_andFailsInTheEnd() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Map<String, Attempt> first = firstAttempts();
        Attempt attempt = first.get("topk");
        for (int seconds : new int[] {1, 2, 4, 5}) {
            attempt.fails("the disk is full", false);
            expectRestartAfter(supervisor, "topk", Duration.ofSeconds(seconds));
            Attempt next = attempts.receiveMessage(WAIT);
            assertThat(next.job()).isEqualTo("topk");
            assertThat(next.epoch()).isEqualTo(attempt.epoch() + 1);
            next.starts(6, 1);
            attempt = next;
        }
        attempt.fails("the disk is full for good", false);
        JobFolder.Standing standing = standing(supervisor, "topk");
        assertThat(standing.state()).isEqualTo("failed");
        assertThat(standing.reason()).isEqualTo("the disk is full for good");
        assertThat(standing.restarts()).isEqualTo(4);
        TIME.timePasses(Duration.ofMinutes(1));
        attempts.expectNoMessage(SHORT);
        assertThat(standing(supervisor, "standard").state()).isEqualTo("running");
        owner.expectNoMessage(SHORT);
        first.get("standard").finishes();
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isFalse();
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("failed", "done");
        assertThat(folder.resolve("run/jobs/topk/state.json"))
                .content()
                .contains("failed", "the disk is full for good");
    }

    @Test
    void notANumber_halvesTheLearningRate_andOtherFailuresKeepIt() {
        supervise();
        Attempt attempt = firstAttempts().get("topk");
        assertThat(attempt.factor()).isEmpty();
        attempt.starts(0, 1);
        attempt.fails("not a finite number", true);
        TIME.timePasses(Duration.ofSeconds(1));
        attempt = attempts.receiveMessage(WAIT);
        assertThat(attempt.factor()).hasValue(0.5);
        attempt.starts(0, 0.5);
        attempt.fails("something else", false);
        TIME.timePasses(Duration.ofSeconds(2));
        attempt = attempts.receiveMessage(WAIT);
        assertThat(attempt.factor()).hasValue(0.5);
        attempt.starts(0, 0.5);
        attempt.fails("not a finite number", true);
        TIME.timePasses(Duration.ofSeconds(4));
        assertThat(attempts.receiveMessage(WAIT).factor()).hasValue(0.25);
    }

    @Test
    void jobThatGoesOnDiverging_isHalvedThreeTimes_andFailsWithTheReason() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Map<String, Attempt> first = firstAttempts();
        Attempt attempt = first.get("topk");
        attempt.starts(0, 1);
        double factor = 1;
        for (int seconds : new int[] {1, 2, 4}) {
            attempt.fails("the loss has diverged", true);
            expectRestartAfter(supervisor, "topk", Duration.ofSeconds(seconds));
            attempt = attempts.receiveMessage(WAIT);
            factor /= 2;
            assertThat(attempt.factor()).hasValue(factor);
            attempt.starts(6, factor);
        }
        attempt.fails("the loss has diverged again", true);
        JobFolder.Standing standing = standing(supervisor, "topk");
        assertThat(standing.state()).isEqualTo("failed");
        assertThat(standing.restarts()).as("one is left, which would not help").isEqualTo(3);
        assertThat(standing.reason())
                .isEqualTo("its learning rate was halved 3 times, and the loss has diverged again");
        TIME.timePasses(Duration.ofMinutes(1));
        attempts.expectNoMessage(SHORT);
        assertThat(standing(supervisor, "standard").state()).isEqualTo("running");
    }

    @Test
    void learningRateOfACheckpoint_isKeptWhereItCouldNotBeOpenedAtOnce() {
        supervise();
        firstAttempts().get("topk").fails("too many open files", false);
        TIME.timePasses(Duration.ofSeconds(1));
        Attempt second = attempts.receiveMessage(WAIT);
        assertThat(second.factor()).isEmpty();
        second.starts(30, 0.25);
        second.fails("not a finite number", true);
        TIME.timePasses(Duration.ofSeconds(2));
        assertThat(attempts.receiveMessage(WAIT).factor()).hasValue(0.125);
    }

    @Test
    void eventOfAnEarlierAttempt_isIgnored() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Attempt old = firstAttempts().get("topk");
        old.fails("gone", false);
        TIME.timePasses(Duration.ofSeconds(1));
        attempts.receiveMessage(WAIT).starts(6, 1);
        old.finishes();
        old.writes(30, true);
        old.fails("gone again", false);
        JobFolder.Standing standing = standing(supervisor, "topk");
        assertThat(standing.state()).isEqualTo("running");
        assertThat(standing.step()).isEqualTo(6);
        assertThat(standing.restarts()).isEqualTo(1);
        router.expectNoMessage(SHORT);
    }

    @Test
    void trainerThatDiesWithoutAWord_isStartedAgain() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Attempt attempt = firstAttempts().get("topk");
        attempt.starts(0, 1);
        attempt.self().tell(Die.INSTANCE);
        KIT.createTestProbe().expectTerminated(attempt.self(), WAIT);
        awaitState(supervisor, "topk", "restarting");
        assertThat(standing(supervisor, "topk").reason()).contains("without a word");
        TIME.timePasses(Duration.ofSeconds(1));
        assertThat(attempts.receiveMessage(WAIT).epoch()).isEqualTo(1);
    }

    private static void awaitState(ActorRef<Supervisor.Command> supervisor, String job, String state) {
        KIT.createTestProbe().awaitAssert(WAIT, () -> {
            assertThat(standing(supervisor, job).state()).isEqualTo(state);
            return null;
        });
    }

    @Test
    void run_isOverWhenAllIsTrainedAndJudged() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Map<String, Attempt> first = firstAttempts();
        first.get("topk").writes(6, false);
        CheckpointRef half = first.get("topk").writes(30, true);
        assertThat(routed()).isEqualTo(new CheckpointRouter.Task("run", "topk", 30, half));
        first.get("topk").finishes();
        awaitState(supervisor, "topk", "done");
        judged("topk", 30, "");
        owner.expectNoMessage(SHORT);
        first.get("standard").writes(60, true);
        assertThat(routed().job()).isEqualTo("standard");
        first.get("standard").finishes();
        owner.expectNoMessage(SHORT);
        judged("topk", 60, "");
        owner.expectNoMessage(SHORT);
        judged("standard", 60, "the texts are gone");
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isFalse();
        assertThat(ended.problems()).containsExactly("standard at step 60 could not be judged: the texts are gone");
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("done", "done");
        assertThat(ended.jobs()).extracting(JobFolder.Standing::rowsPerSecond).containsExactly(345.0, 345.0);
        KIT.createTestProbe().expectTerminated(supervisor, WAIT);
    }

    @Test
    void stoppedRun_isOverWhenAllTrainersEnded_whateverIsLeftToJudge() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Map<String, Attempt> first = firstAttempts();
        first.get("standard").writes(30, true);
        routed();
        first.get("topk").fails("gone", false);
        awaitState(supervisor, "topk", "restarting");
        supervisor.tell(Supervisor.StopRun.INSTANCE);
        assertThat(told.receiveMessage(WAIT)).isEqualTo(new Told("standard", Trainer.Stop.INSTANCE));
        owner.expectNoMessage(SHORT);
        first.get("standard").supervisor().tell(new Trainer.Stopped("standard", 0, 31));
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isTrue();
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("stopped", "stopped");
        TIME.timePasses(Duration.ofMinutes(1));
        attempts.expectNoMessage(SHORT);
    }

    @Test
    void trainerThatFailsWhileTheRunStops_isNotStartedAgain() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Map<String, Attempt> first = firstAttempts();
        supervisor.tell(Supervisor.StopRun.INSTANCE);
        first.get("topk").fails("no room for the checkpoint", false);
        first.get("standard").finishes();
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isTrue();
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("stopped", "done");
        assertThat(ended.jobs().getFirst().reason()).isEqualTo("no room for the checkpoint");
    }

    @Test
    void commands_areTakenWhereTheyFit_andRefusedWithTheReason() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        Map<String, Attempt> first = firstAttempts();
        Attempt attempt = first.get("topk");
        Supervisor.Answer taken = new Supervisor.Answer(true, "");
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("jumprelu", replyTo))
                        .problem())
                .contains("jumprelu", "topk", "standard");
        assertThat(ask(supervisor, replyTo -> new Supervisor.ResumeJob("topk", replyTo))
                        .problem())
                .contains("topk is running");
        assertThat(ask(supervisor, replyTo -> new Supervisor.CheckpointJob("topk", replyTo)))
                .isEqualTo(taken);
        assertThat(told.receiveMessage(WAIT)).isEqualTo(new Told("topk", Trainer.WriteCheckpoint.INSTANCE));
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("topk", replyTo)))
                .isEqualTo(taken);
        assertThat(told.receiveMessage(WAIT)).isEqualTo(new Told("topk", Trainer.Pause.INSTANCE));
        attempt.supervisor().tell(new Trainer.Paused("topk", 0, 5));
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("topk", replyTo))
                        .problem())
                .contains("topk is paused");
        assertThat(ask(supervisor, replyTo -> new Supervisor.ResumeJob("topk", replyTo)))
                .isEqualTo(taken);
        assertThat(told.receiveMessage(WAIT)).isEqualTo(new Told("topk", Trainer.Resume.INSTANCE));
        attempt.supervisor().tell(new Trainer.Resumed("topk", 0, 5));
        attempt.fails("gone", false);
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("topk", replyTo))
                        .problem())
                .contains("topk is restarting");
        first.get("standard").finishes();
        assertThat(ask(supervisor, replyTo -> new Supervisor.CheckpointJob("standard", replyTo))
                        .problem())
                .contains("standard is done");
        told.expectNoMessage(SHORT);
    }

    @Test
    void laterProcess_takesAHigherEpoch_andRoutesWhatWaits() {
        CheckpointRef half = null;
        try (TrainJob job = TestRun.open(run, TestRun.job("topk"), 3)) {
            while (job.step() < 36) {
                try (Mat rowsBD = TestRun.batch(job.nextBatch())) {
                    job.step(rowsBD);
                }
                if (job.checkpointDue()) {
                    CheckpointRef ref = job.checkpoint();
                    half = job.evaluationDue() ? ref : half;
                }
            }
        }
        supervise();
        Map<String, Attempt> first = firstAttempts();
        assertThat(first.get("topk").epoch()).isEqualTo(4);
        assertThat(first.get("standard").epoch()).isZero();
        first.get("topk").starts(36, 1);
        assertThat(routed()).isEqualTo(new CheckpointRouter.Task("run", "topk", 30, half));
        router.expectNoMessage(SHORT);
    }

    @Test
    void checkpointBeyondWhereAJobBegins_waitsUntilItIsWrittenAnew() {
        try (TrainJob job = TestRun.open(run, TestRun.job("topk"), 0)) {
            while (!job.done()) {
                try (Mat rowsBD = TestRun.batch(job.nextBatch())) {
                    job.step(rowsBD);
                }
                if (job.checkpointDue()) {
                    job.checkpoint();
                }
            }
        }
        supervise();
        // As a trainer does that has passed over a damaged last checkpoint.
        Attempt attempt = firstAttempts().get("topk");
        attempt.starts(54, 1);
        assertThat(routed().step()).isEqualTo(30);
        router.expectNoMessage(SHORT);
        CheckpointRef last = attempt.writes(TestRun.STEPS, true);
        assertThat(routed()).isEqualTo(new CheckpointRouter.Task("run", "topk", TestRun.STEPS, last));
    }

    @Test
    void damagedCheckpoint_isNotInTheWay() throws IOException {
        Path damaged = Files.createDirectories(TestRun.checkpoints(run, "topk").at(30));
        Files.writeString(damaged.resolve("manifest.json"), "{");
        supervise();
        assertThat(firstAttempts().get("topk").epoch()).isZero();
        router.expectNoMessage(SHORT);
    }

    @Test
    void control_isJudgedToo() {
        run = TestRun.withControl(run);
        supervise();
        @Nullable CheckpointRef none = null;
        assertThat(routed()).isEqualTo(new CheckpointRouter.Task("run", "random-control", 0, none));
        firstAttempts().values().forEach(Attempt::finishes);
        owner.expectNoMessage(SHORT);
        judged("random-control", 0, "");
        owner.receiveMessage(WAIT);
    }

    @Test
    void checkpointRoutedTwice_isOneProblemInTheEnd() {
        supervise();
        Map<String, Attempt> first = firstAttempts();
        first.get("topk").writes(30, true);
        first.get("topk").writes(30, true);
        routed();
        judged("topk", 30, "the texts are gone");
        judged("topk", 30, "the texts are gone");
        first.values().forEach(Attempt::finishes);
        assertThat(owner.receiveMessage(WAIT).problems()).hasSize(1);
        router.expectNoMessage(SHORT);
    }
}
