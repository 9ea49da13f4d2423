package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.HooksConfig;
import org.unweave.config.RuleConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.SupervisionConfig;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.math.Mat;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.TrainJob;

/**
 * The supervisor's rules, with nodes that do what the test says: which job is placed where, which is begun again, when,
 * with which learning rate; what is refused; that a run is over when all is trained and judged, not before; and that the
 * next supervisor knows all that was answered.
 */
class SupervisorTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final SupervisionConfig SUPERVISION =
            new SupervisionConfig(Duration.ofSeconds(1), Duration.ofSeconds(5), 4);

    @TempDir
    Path folder;

    // One for each test: its journal is in its memory.
    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config().withFallback(TestRun.JOURNAL));
    private final ManualTime time = ManualTime.get(kit.system());
    private final TestProbe<CheckpointRouter.Task> routed = kit.createTestProbe(CheckpointRouter.Task.class);
    private final TestProbe<Supervisor.RunEnded> owner = kit.createTestProbe(Supervisor.RunEnded.class);
    private final TestProbe<Supervisor.Answer> answers = kit.createTestProbe(Supervisor.Answer.class);
    private final Map<String, RunConfig> configs = new HashMap<>();
    private final List<String> house = new ArrayList<>();
    private final AtomicInteger forced = new AtomicInteger();
    private final List<Happening> happenings = new CopyOnWriteArrayList<>();

    private RunConfig run = TestRun.of(Path.of("."), List.of(), SUPERVISION, "topk");

    @BeforeEach
    void makeRun() {
        run = TestRun.of(folder, List.of("core"), SUPERVISION, "topk", "standard");
        kit.spawn(evaluator());
    }

    // It would write into the folder that is removed.
    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    /** Takes whatever is routed, and is through with it at once. */
    private Behavior<ConsumerController.Delivery<CheckpointRouter.Task>> evaluator() {
        return Behaviors.setup(context -> {
            ConsumerController.Settings settings = ConsumerController.Settings$.MODULE$
                    .create(context.getSystem())
                    .withFlowControlWindow(3);
            context.spawn(ConsumerController.create(CheckpointRouter.EVALUATORS, settings), "work")
                    .tell(new ConsumerController.Start<>(context.getSelf()));
            return Behaviors.receiveMessage(delivery -> {
                routed.getRef().tell(delivery.message());
                delivery.confirmTo().tell(ConsumerController.confirmed());
                return Behaviors.same();
            });
        });
    }

    /** Configs by a word that stands for them. */
    private final class House implements RunHouse {
        @Override
        public void happened(RunConfig of, Happening happening) {
            happenings.add(happening);
        }

        @Override
        public RunConfig read(String config) {
            return Optional.ofNullable(configs.get(config))
                    .orElseThrow(() -> new IllegalArgumentException("no config reads " + config));
        }

        @Override
        public void open(RunConfig opened) {
            house.add("open " + opened.name());
        }

        @Override
        public void close(RunConfig closed) {
            house.add("close " + closed.name());
        }
    }

    private ActorRef<Supervisor.Command> supervise() {
        return kit.spawn(Supervisor.create(new House(), forced::incrementAndGet));
    }

    private Supervisor.Answer submit(ActorRef<Supervisor.Command> supervisor, RunConfig config) {
        configs.put("config of " + config.name(), config);
        supervisor.tell(new Supervisor.Follow(config.name(), owner.getRef(), null, null));
        return ask(supervisor, replyTo -> new Supervisor.Submit("config of " + config.name(), replyTo));
    }

    private Supervisor.Answer ask(
            ActorRef<Supervisor.Command> supervisor,
            Function<ActorRef<Supervisor.Answer>, Supervisor.Command> command) {
        supervisor.tell(command.apply(answers.getRef()));
        return answers.receiveMessage(WAIT);
    }

    /** A supervisor with one node, and the run's jobs on it. */
    private final class Begun {
        private final ActorRef<Supervisor.Command> supervisor = supervise();
        private final FakeNode node = new FakeNode(kit, supervisor, "a", 2);
        private final ActorRef<ResultLedger.Command> ledger = node.joins().ledger();
        private final Map<String, FakeNode.Attempt> first;

        private Begun() {
            assertThat(submit(supervisor, run).problem()).isEmpty();
            assertThat(node.opened()).isEqualTo(new NodeAgent.OpenRun("run", "config of run", List.of(node.url())));
            first = node.placed(2);
        }

        private FakeNode.Attempt topk() {
            return first.get("topk");
        }

        private FakeNode.Attempt standard() {
            return first.get("standard");
        }

        private JobFolder.Standing standing(String job) {
            return SupervisorTest.this.standing(supervisor, job);
        }

        private void judged(String job, long step, String problem) {
            SupervisorTest.this.judged(ledger, job, step, problem);
        }
    }

    private Supervisor.Status status(ActorRef<Supervisor.Command> supervisor) {
        TestProbe<Supervisor.Status> probe = kit.createTestProbe(Supervisor.Status.class);
        supervisor.tell(new Supervisor.GetStatus("run", probe.getRef()));
        return probe.receiveMessage(WAIT);
    }

    private JobFolder.Standing standing(ActorRef<Supervisor.Command> supervisor, String job) {
        return status(supervisor).jobs().stream()
                .filter(standing -> standing.job().equals(job))
                .findFirst()
                .orElseThrow();
    }

    private void awaitState(ActorRef<Supervisor.Command> supervisor, String job, String state) {
        kit.createTestProbe().awaitAssert(WAIT, () -> {
            assertThat(standing(supervisor, job).state()).isEqualTo(state);
            return null;
        });
    }

    private void expectRestartAfter(Begun begun, String job, Duration pause) {
        awaitState(begun.supervisor, job, "restarting");
        time.timePasses(pause.minusMillis(1));
        begun.node.expectNothingPlaced();
        time.timePasses(Duration.ofMillis(1));
    }

    private void judged(ActorRef<ResultLedger.Command> ledger, String job, long step, String problem) {
        judged(ledger, job, step, Judgement.SCHEDULED, problem);
    }

    private void judged(
            ActorRef<ResultLedger.Command> ledger, String job, long step, Judgement judgement, String problem) {
        TestProbe<ResultLedger.Recorded> recorded = kit.createTestProbe(ResultLedger.Recorded.class);
        ledger.tell(new ResultLedger.Record(
                new ResultLedger.Judged("run", job, step, judgement, problem, Map.of("core.l0", 3.0)),
                recorded.getRef()));
        recorded.receiveMessage(WAIT);
    }

    @Test
    void failedJob_isStartedAgain_afterAPauseThatDoublesUpToItsCap_andFailsInTheEnd() {
        Begun begun = new Begun();
        FakeNode.Attempt attempt = begun.topk();
        for (int seconds : new int[] {1, 2, 4, 5}) {
            attempt.fails("the disk is full", false);
            expectRestartAfter(begun, "topk", Duration.ofSeconds(seconds));
            FakeNode.Attempt next = begun.node.placed();
            assertThat(next.job()).isEqualTo("topk");
            assertThat(next.epoch()).isEqualTo(attempt.epoch() + 1);
            next.starts(6, 1);
            attempt = next;
        }
        attempt.fails("the disk is full for good", false);
        awaitState(begun.supervisor, "topk", "failed");
        JobFolder.Standing standing = begun.standing("topk");
        assertThat(standing.reason()).isEqualTo("the disk is full for good");
        assertThat(standing.restarts()).isEqualTo(4);
        time.timePasses(Duration.ofMinutes(1));
        begun.node.expectNothingPlaced();
        assertThat(begun.standing("standard").state()).isEqualTo("running");
        owner.expectNoMessage(SHORT);
        begun.standard().finishes();
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isFalse();
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("failed", "done");
        assertThat(folder.resolve("run/jobs/topk/state.json"))
                .content()
                .contains("failed", "the disk is full for good");
    }

    @Test
    void notANumber_halvesTheLearningRate_andOtherFailuresKeepIt() {
        Begun begun = new Begun();
        FakeNode.Attempt attempt = begun.topk();
        assertThat(attempt.factor()).isEmpty();
        attempt.starts(0, 1);
        attempt.fails("not a finite number", true);
        expectRestartAfter(begun, "topk", Duration.ofSeconds(1));
        attempt = begun.node.placed();
        assertThat(attempt.factor()).hasValue(0.5);
        attempt.starts(0, 0.5);
        attempt.fails("something else", false);
        expectRestartAfter(begun, "topk", Duration.ofSeconds(2));
        attempt = begun.node.placed();
        assertThat(attempt.factor()).hasValue(0.5);
        attempt.starts(0, 0.5);
        attempt.fails("not a finite number", true);
        expectRestartAfter(begun, "topk", Duration.ofSeconds(4));
        assertThat(begun.node.placed().factor()).hasValue(0.25);
    }

    @Test
    void jobThatGoesOnDiverging_isHalvedThreeTimes_andFailsWithTheReason() {
        Begun begun = new Begun();
        FakeNode.Attempt attempt = begun.topk();
        attempt.starts(0, 1);
        double factor = 1;
        for (int seconds : new int[] {1, 2, 4}) {
            attempt.fails("the loss has diverged", true);
            expectRestartAfter(begun, "topk", Duration.ofSeconds(seconds));
            attempt = begun.node.placed();
            factor /= 2;
            assertThat(attempt.factor()).hasValue(factor);
            attempt.starts(6, factor);
        }
        attempt.fails("the loss has diverged again", true);
        awaitState(begun.supervisor, "topk", "failed");
        JobFolder.Standing standing = begun.standing("topk");
        assertThat(standing.restarts()).as("one is left, which would not help").isEqualTo(3);
        assertThat(standing.reason())
                .isEqualTo("its learning rate was halved 3 times, and the loss has diverged again");
        time.timePasses(Duration.ofMinutes(1));
        begun.node.expectNothingPlaced();
        assertThat(begun.standing("standard").state()).isEqualTo("running");
    }

    @Test
    void learningRateOfACheckpoint_isKeptWhereItCouldNotBeOpenedAtOnce() {
        Begun begun = new Begun();
        begun.topk().fails("too many open files", false);
        expectRestartAfter(begun, "topk", Duration.ofSeconds(1));
        FakeNode.Attempt second = begun.node.placed();
        assertThat(second.factor()).isEmpty();
        second.starts(30, 0.25);
        second.fails("not a finite number", true);
        expectRestartAfter(begun, "topk", Duration.ofSeconds(2));
        assertThat(begun.node.placed().factor()).hasValue(0.125);
    }

    @Test
    void eventOfAnEarlierAttempt_isIgnored() {
        Begun begun = new Begun();
        FakeNode.Attempt old = begun.topk();
        old.fails("gone", false);
        expectRestartAfter(begun, "topk", Duration.ofSeconds(1));
        begun.node.placed().starts(6, 1);
        old.finishes();
        old.writes(30, true);
        old.fails("gone again", false);
        awaitState(begun.supervisor, "topk", "running");
        JobFolder.Standing standing = begun.standing("topk");
        assertThat(standing.step()).isEqualTo(6);
        assertThat(standing.restarts()).isEqualTo(1);
        routed.expectNoMessage(SHORT);
    }

    @Test
    void run_isOverWhenAllIsTrainedAndJudged() {
        Begun begun = new Begun();
        begun.topk().writes(6, false);
        CheckpointRef half = begun.topk().writes(30, true);
        assertThat(routed.receiveMessage(WAIT))
                .isEqualTo(new CheckpointRouter.Task("run", "topk", 30, Judgement.SCHEDULED, 1, half));
        begun.topk().finishes();
        awaitState(begun.supervisor, "topk", "done");
        begun.judged("topk", 30, "");
        begun.judged("topk", 30, "");
        owner.expectNoMessage(SHORT);
        begun.standard().writes(60, true);
        assertThat(routed.receiveMessage(WAIT).job()).isEqualTo("standard");
        begun.standard().finishes();
        owner.expectNoMessage(SHORT);
        begun.judged("topk", 60, "");
        owner.expectNoMessage(SHORT);
        begun.judged("standard", 60, "the texts are gone");
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isFalse();
        assertThat(ended.problems()).containsExactly("standard at step 60 could not be judged: the texts are gone");
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("done", "done");
        assertThat(ended.jobs()).extracting(JobFolder.Standing::rowsPerSecond).containsExactly(345.0, 345.0);
        assertThat(begun.node.closed()).isEqualTo(new NodeAgent.CloseRun("run"));
        assertThat(house).containsExactly("open run", "close run");
        assertThat(status(begun.supervisor).state()).isEqualTo("done");
    }

    @Test
    void checkpointForBothJudgements_isTwoTasks_eachDoneByItself() {
        Begun begun = new Begun();
        CheckpointRef ref = begun.topk().writes(30, Judgement.SCHEDULED, Judgement.ATTRIBUTION);
        assertThat(List.of(routed.receiveMessage(WAIT), routed.receiveMessage(WAIT)))
                .containsExactlyInAnyOrder(
                        new CheckpointRouter.Task("run", "topk", 30, Judgement.SCHEDULED, 1, ref),
                        new CheckpointRouter.Task("run", "topk", 30, Judgement.ATTRIBUTION, 1, ref));
        begun.topk().finishes();
        begun.standard().finishes();
        begun.judged("topk", 30, "");
        owner.expectNoMessage(SHORT);
        judged(begun.ledger, "topk", 30, Judgement.ATTRIBUTION, "the texts are gone");
        assertThat(owner.receiveMessage(WAIT).problems())
                .containsExactly("topk at step 30 could not be judged: the texts are gone");
        routed.expectNoMessage(SHORT);
    }

    @Test
    void attribution_isRouted_alsoWhereNothingIsEvaluated() {
        run = TestRun.of(folder, List.of(), SUPERVISION, "topk", "standard");
        Begun begun = new Begun();
        CheckpointRef ref = begun.topk().writes(30, Judgement.SCHEDULED, Judgement.ATTRIBUTION);
        assertThat(routed.receiveMessage(WAIT))
                .isEqualTo(new CheckpointRouter.Task("run", "topk", 30, Judgement.ATTRIBUTION, 1, ref));
        routed.expectNoMessage(SHORT);
        begun.topk().finishes();
        begun.standard().finishes();
        owner.expectNoMessage(SHORT);
        judged(begun.ledger, "topk", 30, Judgement.ATTRIBUTION, "");
        assertThat(owner.receiveMessage(WAIT).problems()).isEmpty();
    }

    @Test
    void attributionThatALaterPlacementHasNotHeard_isRoutedOnceMore() {
        Begun begun = new Begun();
        CheckpointRef ref = new CheckpointRef("topk", 30, 0, "file:/nowhere", "00", 1);
        begun.node.tells(new Trainer.Started("run", "topk", 0, 36, 1, List.of(), List.of(ref)));
        assertThat(routed.receiveMessage(WAIT))
                .isEqualTo(new CheckpointRouter.Task("run", "topk", 30, Judgement.ATTRIBUTION, 1, ref));
        routed.expectNoMessage(SHORT);
    }

    @Test
    void stoppedRun_isOverWhenAllTrainersEnded_whateverIsLeftToJudge() {
        Begun begun = new Begun();
        begun.standard().writes(30, true);
        routed.receiveMessage(WAIT);
        begun.topk().fails("gone", false);
        awaitState(begun.supervisor, "topk", "restarting");
        assertThat(ask(begun.supervisor, replyTo -> new Supervisor.StopRun("run", replyTo))
                        .taken())
                .isTrue();
        assertThat(begun.node.ordered()).isEqualTo(new NodeAgent.Tell("run", "standard", 0, NodeAgent.Order.STOP));
        owner.expectNoMessage(SHORT);
        begun.standard().stops(31);
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isTrue();
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("stopped", "stopped");
        time.timePasses(Duration.ofMinutes(1));
        begun.node.expectNothingPlaced();
    }

    @Test
    void stoppedRun_isTakenAgain_andGoesOn() {
        Begun begun = new Begun();
        assertThat(submit(begun.supervisor, run).problem()).contains("there is a run named run already");
        ask(begun.supervisor, replyTo -> new Supervisor.StopRun("run", replyTo));
        begun.topk().stops(5);
        begun.standard().finishes();
        assertThat(owner.receiveMessage(WAIT).stopped()).isTrue();
        assertThat(submit(begun.supervisor, run).taken()).isTrue();
        assertThat(begun.node.placed(2).values())
                .extracting(FakeNode.Attempt::epoch)
                .containsOnly(1);
    }

    @Test
    void trainerThatFailsWhileTheRunStops_isNotStartedAgain() {
        Begun begun = new Begun();
        ask(begun.supervisor, replyTo -> new Supervisor.StopRun("run", replyTo));
        begun.topk().fails("no room for the checkpoint", false);
        begun.standard().finishes();
        Supervisor.RunEnded ended = owner.receiveMessage(WAIT);
        assertThat(ended.stopped()).isTrue();
        assertThat(ended.jobs()).extracting(JobFolder.Standing::state).containsExactly("stopped", "done");
        assertThat(ended.jobs().getFirst().reason()).isEqualTo("no room for the checkpoint");
    }

    @Test
    void commands_areTakenWhereTheyFit_andRefusedWithTheReason() {
        Begun begun = new Begun();
        ActorRef<Supervisor.Command> supervisor = begun.supervisor;
        Supervisor.Answer taken = new Supervisor.Answer(true, "");
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("other", "topk", replyTo))
                        .problem())
                .contains("no run is named other", "run");
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("run", "jumprelu", replyTo))
                        .problem())
                .contains("jumprelu", "topk", "standard");
        assertThat(ask(supervisor, replyTo -> new Supervisor.ResumeJob("run", "topk", replyTo))
                        .problem())
                .contains("topk is running");
        assertThat(ask(supervisor, replyTo -> new Supervisor.CheckpointJob("run", "topk", replyTo)))
                .isEqualTo(taken);
        assertThat(begun.node.ordered()).isEqualTo(new NodeAgent.Tell("run", "topk", 0, NodeAgent.Order.CHECKPOINT));
        begun.topk().writes(5, false);
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("run", "topk", replyTo)))
                .isEqualTo(taken);
        assertThat(begun.node.ordered()).isEqualTo(new NodeAgent.Tell("run", "topk", 0, NodeAgent.Order.PAUSE));
        begun.topk().pauses("");
        awaitState(supervisor, "topk", "paused");
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("run", "topk", replyTo))
                        .problem())
                .contains("topk is paused");
        assertThat(ask(supervisor, replyTo -> new Supervisor.ResumeJob("run", "topk", replyTo)))
                .isEqualTo(taken);
        assertThat(begun.node.ordered()).isEqualTo(new NodeAgent.Tell("run", "topk", 0, NodeAgent.Order.RESUME));
        begun.topk().resumes();
        awaitState(supervisor, "topk", "running");
        begun.standard().finishes();
        awaitState(supervisor, "standard", "done");
        assertThat(ask(supervisor, replyTo -> new Supervisor.CheckpointJob("run", "standard", replyTo))
                        .problem())
                .contains("standard is done");
        assertThat(ask(supervisor, replyTo -> new Supervisor.PauseJob("run", "standard", replyTo))
                        .problem())
                .contains("standard is done");
        begun.node.expectNoOrder();
        assertThat(ask(supervisor, replyTo -> new Supervisor.Submit("nonsense", replyTo))
                        .problem())
                .isEqualTo("no config reads nonsense");
        assertThat(ask(
                                supervisor,
                                replyTo -> new Supervisor.Submit("x".repeat(Supervisor.MOST_CONFIG_BYTES + 1), replyTo))
                        .problem())
                .contains("KiB");
    }

    @Test
    void change_isSentUntilItIsTaken_andThenShown() {
        Begun begun = new Begun();
        ActorRef<Supervisor.Command> supervisor = begun.supervisor;
        JobChange wanted = new JobChange(1, JobChange.UNDECIDED, Map.of("k", "6"));
        NodeAgent.Change sent = new NodeAgent.Change("run", "topk", 0, wanted);
        assertThat(ask(supervisor, replyTo -> new Supervisor.SetJob("run", "topk", wanted.values(), replyTo))
                        .problem())
                .isEmpty();
        assertThat(begun.node.changed()).isEqualTo(sent);
        assertThat(begun.standing("topk").set()).isEqualTo("k=6@?");
        begun.node.hello(List.of(begun.topk().held(0), begun.standard().held(0)), List.of(), List.of("run"));
        assertThat(begun.node.changed()).as("it was lost").isEqualTo(sent);

        begun.topk().takes(wanted.at(12));

        kit.createTestProbe().awaitAssert(WAIT, () -> {
            assertThat(begun.standing("topk").set()).isEqualTo("k=6@12");
            return null;
        });
        assertThat(begun.standing("topk").targetL0()).isEqualTo(6);
        begun.node.hello(List.of(begun.topk().held(1), begun.standard().held(0)), List.of(), List.of("run"));
        begun.node.expectNoChange();
        assertThat(folder.resolve("run/jobs/topk/state.json")).content().contains("k=6@12");
    }

    @Test
    void change_isKnownToTheNextSupervisor_andToLaterPlacements() {
        Begun begun = new Begun();
        JobChange wanted = new JobChange(1, JobChange.UNDECIDED, Map.of("k", "6"));
        ask(begun.supervisor, replyTo -> new Supervisor.SetJob("run", "topk", wanted.values(), replyTo));
        begun.node.changed();
        kit.stop(begun.supervisor, WAIT);

        ActorRef<Supervisor.Command> next = supervise();
        FakeNode node = new FakeNode(begun.node, next);
        node.joins(begun.topk().held(0), begun.standard().held(0));

        assertThat(standing(next, "topk").set()).isEqualTo("k=6@?");
        assertThat(node.changed().change()).isEqualTo(wanted);
        node.tells(new Trainer.Failed("run", "topk", 0, 7, "gone", false));
        awaitState(next, "topk", "restarting");
        time.timePasses(Duration.ofSeconds(1));
        FakeNode.Attempt again = node.placed();
        node.hello(List.of(again.held(0), begun.standard().held(0)), List.of(), List.of("run"));
        assertThat(node.changed()).isEqualTo(new NodeAgent.Change("run", "topk", again.epoch(), wanted));
    }

    private static MetricsHub.JobMetrics dead(long step, double share) {
        return JobRulesTest.metrics("topk", step, 4, 0.5, share);
    }

    @Test
    void ruleThatHolds_pausesItsJob_withTheReason_andIsTold() {
        RuleConfig rule = new RuleConfig("dead-share > 0.5", 10, RuleConfig.Action.PAUSE);
        run = TestRun.withRules(run, List.of(rule));
        Begun begun = new Begun();
        begun.node.measures(dead(10, 0.6));
        begun.node.measures(dead(20, 0.6));

        assertThat(begun.node.ordered()).isEqualTo(new NodeAgent.Tell("run", "topk", 0, NodeAgent.Order.PAUSE));
        String reason = "the rule dead-share > 0.5 for 10 updates has held at step 20";
        assertThat(begun.standing("topk").reason()).isEqualTo(reason);
        assertThat(happenings)
                .containsExactly(new Happening(HooksConfig.Event.RULE_HELD, "run", "topk", "", "running", reason));
        begun.node.measures(dead(30, 0.6));
        begun.node.measures(dead(40, 0.6));
        begun.node.expectNoOrder();
    }

    @Test
    void whatHappens_isTold_onceItIsKept() {
        Begun begun = new Begun();
        begun.standard().finishes();
        for (int i = 0; i < 5; i++) {
            FakeNode.Attempt attempt = i == 0 ? begun.topk() : begun.node.placed();
            attempt.fails("gone", false);
            awaitState(begun.supervisor, "topk", i < 4 ? "restarting" : "failed");
            assertThat(happenings.isEmpty()).isEqualTo(i < 4);
            time.timePasses(Duration.ofSeconds(5));
        }
        owner.receiveMessage(WAIT);
        assertThat(happenings)
                .containsExactly(
                        new Happening(HooksConfig.Event.JOB_FAILED, "run", "topk", "", "failed", "gone"),
                        new Happening(HooksConfig.Event.RUN_ENDED, "run", "", "", "done", ""));
    }

    @Test
    void nodeThatIsLost_isToldForEachOfItsJobs() {
        Begun begun = new Begun();
        begun.node.dies();
        kit.createTestProbe().awaitAssert(WAIT, () -> {
            assertThat(happenings)
                    .extracting(Happening::event, Happening::job, Happening::node)
                    .containsExactlyInAnyOrder(
                            tuple(HooksConfig.Event.NODE_LOST, "topk", begun.node.process()),
                            tuple(HooksConfig.Event.NODE_LOST, "standard", begun.node.process()));
            return null;
        });
    }

    @Test
    void stoppedJob_ends_theOthersGoOn_andItIsResumed() {
        Begun begun = new Begun();
        ActorRef<Supervisor.Command> supervisor = begun.supervisor;
        assertThat(ask(supervisor, replyTo -> new Supervisor.StopJob("run", "topk", replyTo))
                        .taken())
                .isTrue();
        assertThat(begun.node.ordered()).isEqualTo(new NodeAgent.Tell("run", "topk", 0, NodeAgent.Order.STOP));
        begun.topk().stops(12);
        awaitState(supervisor, "topk", "stopped");
        assertThat(begun.standing("standard").state()).isEqualTo("running");
        begun.node.expectNothingPlaced();

        assertThat(ask(supervisor, replyTo -> new Supervisor.ResumeJob("run", "topk", replyTo))
                        .taken())
                .isTrue();
        assertThat(begun.node.placed().epoch()).isEqualTo(1);
    }

    @Test
    void runOfAStoppedJob_isOverWhenTheOthersAre_andWasStopped() {
        Begun begun = new Begun();
        ask(begun.supervisor, replyTo -> new Supervisor.StopJob("run", "topk", replyTo));
        begun.topk().stops(12);
        begun.standard().finishes();

        assertThat(owner.receiveMessage(WAIT).stopped()).isTrue();
        assertThat(ask(begun.supervisor, replyTo -> new Supervisor.ResumeJob("run", "topk", replyTo))
                        .problem())
                .contains("the run run is over");
    }

    @Test
    void laterProcess_takesAHigherEpoch_andRoutesWhatWaits() {
        try (TrainJob job = TestRun.open(run, TestRun.job("topk"), 3)) {
            while (job.step() < 36) {
                try (Mat rowsBD = TestRun.batch(job.nextBatch())) {
                    job.step(rowsBD);
                }
                if (job.checkpointDue()) {
                    job.checkpoint();
                }
            }
        }
        Begun begun = new Begun();
        assertThat(begun.topk().epoch()).isEqualTo(4);
        assertThat(begun.standard().epoch()).isZero();
        CheckpointRef half = new CheckpointRef("topk", 30, 3, "file:/nowhere", "00", 1);
        begun.topk().starts(36, 1, half);
        assertThat(routed.receiveMessage(WAIT))
                .isEqualTo(new CheckpointRouter.Task("run", "topk", 30, Judgement.SCHEDULED, 1, half));
        routed.expectNoMessage(SHORT);
    }

    /** Jobs that wait for what others tell go on without one that has failed. */
    @Test
    void jobThatHadFailed_isWaitingAsSoonAsItsRunIsSubmitted() {
        Path state = folder.resolve("run/jobs/topk/state.json");
        new JobFolder(run.folder(), "topk")
                .write(new JobFolder.Standing("topk", "topk", "failed", 7, 60, 4, 1.5, 99, 4, "", "the disk is full"));
        assertThat(submit(supervise(), run).problem()).isEmpty();
        assertThat(state).content().contains("\"waiting\"");
    }

    @Test
    void damagedCheckpoint_isNotInTheWay() throws IOException {
        Path damaged = Files.createDirectories(TestRun.checkpoints(run, "topk").at(30));
        Files.writeString(damaged.resolve("manifest.json"), "{");
        assertThat(new Begun().topk().epoch()).isZero();
    }

    @Test
    void control_isJudgedToo() {
        run = TestRun.withControl(run);
        Begun begun = new Begun();
        assertThat(routed.receiveMessage(WAIT))
                .isEqualTo(new CheckpointRouter.Task("run", "random-control", 0, Judgement.SCHEDULED, 1, null));
        begun.topk().finishes();
        begun.standard().finishes();
        owner.expectNoMessage(SHORT);
        begun.judged("random-control", 0, "");
        owner.receiveMessage(WAIT);
    }

    @Test
    void checkpointRoutedTwice_isOneProblemInTheEnd() {
        Begun begun = new Begun();
        begun.topk().writes(30, true);
        begun.topk().writes(30, true);
        routed.receiveMessage(WAIT);
        begun.judged("topk", 30, "the texts are gone");
        begun.judged("topk", 30, "the texts are gone");
        begun.topk().finishes();
        begun.standard().finishes();
        assertThat(owner.receiveMessage(WAIT).problems()).hasSize(1);
        routed.expectNoMessage(SHORT);
    }

    @Test
    void everyEvent_isAcknowledgedOnceItIsKept_andAgainWhenItComesAgain() {
        Begun begun = new Begun();
        Trainer.Event started = new Trainer.Started("run", "topk", 0, 0, 1, List.of(), List.of());
        long number = begun.node.tells(started);
        assertThat(begun.node.acknowledgedUpTo(number)).endsWith(number);
        int before = forced.get();
        begun.node.tellsAgain(number, started);
        assertThat(begun.node.acknowledgedUpTo(number)).containsExactly(number);
        assertThat(forced).as("kept once").hasValue(before);
    }

    @Test
    void eventThatComesAgainAfterALaterOne_isOfNoEffect() {
        Begun begun = new Begun();
        begun.topk().starts(0, 1);
        Trainer.Event paused = new Trainer.Paused("run", "topk", 0, 5, "");
        long number = begun.node.tells(paused);
        awaitState(begun.supervisor, "topk", "paused");
        begun.topk().resumes();
        begun.node.tellsAgain(number, paused);
        begun.node.acknowledgedUpTo(number + 1);
        begun.node.acknowledgedUpTo(number);
        assertThat(begun.standing("topk").state()).isEqualTo("running");
    }

    @Test
    void placeThatWasLost_isSentAgain_andWhatIsHeldWrongly_isStopped() {
        Begun begun = new Begun();
        NodeAgent.Held stranger = new NodeAgent.Held("other", "topk", 7, 5, 0, false, "");
        begun.node.hello(List.of(begun.standard().held(false), stranger), List.of(), List.of("run"));
        assertThat(begun.node.placed().job()).isEqualTo("topk");
        assertThat(begun.node.ordered()).isEqualTo(new NodeAgent.Tell("other", "topk", 7, NodeAgent.Order.STOP));
        begun.node.expectNothingPlaced();
    }

    @Test
    void nodeThatServesFiles_isMadeKnownToThoseThatWereThereBefore() {
        Begun begun = new Begun();
        FakeNode other = new FakeNode(kit, begun.supervisor, "b", 1);
        other.joins();
        NodeAgent.OpenRun both = new NodeAgent.OpenRun("run", "config of run", List.of(begun.node.url(), other.url()));
        assertThat(begun.node.opened()).isEqualTo(both);
        assertThat(other.opened()).isEqualTo(both);
    }

    @Test
    void jobsOfALostNode_goToAnother_withoutCountingAsFailed() {
        Begun begun = new Begun();
        begun.topk().starts(6, 1);
        FakeNode other = new FakeNode(kit, begun.supervisor, "b", 2);
        begun.node.dies();
        awaitState(begun.supervisor, "topk", "waiting");
        other.joins();
        Map<String, FakeNode.Attempt> second = other.placed(2);
        assertThat(second.values()).extracting(FakeNode.Attempt::epoch).containsOnly(1);
        second.get("topk").starts(6, 1);
        awaitState(begun.supervisor, "topk", "running");
        assertThat(begun.standing("topk").restarts()).isZero();
    }

    @Test
    void nodeThatJoins_isGivenItsShare_oneAtATime() {
        run = TestRun.of(folder, List.of(), SUPERVISION, "topk", "standard", "gated", "jump-relu");
        ActorRef<Supervisor.Command> supervisor = supervise();
        FakeNode node = new FakeNode(kit, supervisor, "a", 2);
        node.joins();
        submit(supervisor, run);
        Map<String, FakeNode.Attempt> first = node.placed(4);
        node.hello(first.values().stream().map(one -> one.held(false)).toList(), List.of(), List.of("run"));
        node.expectNoOrder();
        FakeNode other = new FakeNode(kit, supervisor, "b", 2);
        other.joins();
        for (int i = 0; i < 2; i++) {
            NodeAgent.Tell order = node.ordered();
            assertThat(order.order()).isEqualTo(NodeAgent.Order.STOP);
            node.expectNoOrder();
            first.get(order.job()).stops(9);
            FakeNode.Attempt moved = other.placed();
            assertThat(moved.job()).isEqualTo(order.job());
            assertThat(moved.epoch()).isEqualTo(1);
            moved.starts(9, 1);
        }
        node.expectNoOrder();
        assertThat(status(supervisor).jobs()).allMatch(job -> job.restarts() == 0);
    }

    @Test
    void drainedNode_givesItsJobsAway_andGetsNoMore() {
        Begun begun = new Begun();
        FakeNode other = new FakeNode(kit, begun.supervisor, "b", 1);
        assertThat(ask(begun.supervisor, replyTo -> new Supervisor.Drain("c", replyTo))
                        .problem())
                .contains("c", "a");
        assertThat(ask(begun.supervisor, replyTo -> new Supervisor.Drain("a", replyTo))
                        .taken())
                .isTrue();
        begun.node.expectRetired();
        begun.node.expectNoOrder(); // There is nowhere to go yet.
        other.joins();
        assertThat(List.of(begun.node.ordered().order(), begun.node.ordered().order()))
                .containsOnly(NodeAgent.Order.STOP);
        begun.topk().stops(5);
        begun.standard().stops(5);
        assertThat(other.placed(2)).containsOnlyKeys("topk", "standard");
        TestProbe<Supervisor.Overview> probe = kit.createTestProbe(Supervisor.Overview.class);
        begun.supervisor.tell(new Supervisor.GetOverview(probe.getRef()));
        assertThat(probe.receiveMessage(WAIT).nodes())
                .containsExactly(
                        new Supervisor.NodeLine("a", 2, List.of(), "", 0, 1, 0, true, "http://a"),
                        new Supervisor.NodeLine("b", 1, List.of(), "", 2, 1, 0, false, "http://b"));
    }

    @Test
    void jobOfACard_waitsForANodeThatHasOne_andSaysWhyNoneDoes() {
        run = TestRun.onCards(run);
        ActorRef<Supervisor.Command> supervisor = supervise();
        FakeNode plain = new FakeNode(kit, supervisor, "a", 2);
        FakeNode refusing = new FakeNode(kit, supervisor, "b", 2, List.of(), "card 0 is refused: it is an H100");
        plain.joins();
        refusing.joins();
        assertThat(submit(supervisor, run).problem()).isEmpty();
        plain.expectNothingPlaced();
        refusing.expectNothingPlaced();
        assertThat(standing(supervisor, "topk").state()).isEqualTo("waiting");
        assertThat(standing(supervisor, "topk").reason())
                .startsWith("it waits for a node with a card")
                .endsWith("; b has none since card 0 is refused: it is an H100");
        FakeNode cards = new FakeNode(kit, supervisor, "c", 0, List.of(0, 1), "");
        cards.joins();
        assertThat(cards.placed(2)).containsOnlyKeys("topk", "standard");
        assertThat(standing(supervisor, "topk").reason()).isEmpty();
        plain.expectNothingPlaced();
        TestProbe<Supervisor.Overview> probe = kit.createTestProbe(Supervisor.Overview.class);
        supervisor.tell(new Supervisor.GetOverview(probe.getRef()));
        assertThat(probe.receiveMessage(WAIT).nodes())
                .contains(
                        new Supervisor.NodeLine(
                                "b", 2, List.of(), "card 0 is refused: it is an H100", 0, 1, 0, false, "http://b"),
                        new Supervisor.NodeLine("c", 0, List.of(0, 1), "", 2, 1, 0, false, "http://c"));
    }

    @Test
    void jobOfTheCpu_isNotPlacedOnANodeOfCardsAlone() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        FakeNode cards = new FakeNode(kit, supervisor, "a", 0, List.of(0, 1), "");
        cards.joins();
        assertThat(submit(supervisor, run).problem()).isEmpty();
        cards.expectNothingPlaced();
        assertThat(standing(supervisor, "topk").reason()).isEqualTo("it waits for a node with slots of the CPU");
        FakeNode plain = new FakeNode(kit, supervisor, "b", 1);
        plain.joins();
        assertThat(plain.placed(2)).containsOnlyKeys("topk", "standard");
        cards.expectNothingPlaced();
    }

    @Test
    void jobsOfCards_areBalancedOverCards_whateverTheCpuIsDoing() {
        ActorRef<Supervisor.Command> supervisor = supervise();
        FakeNode both = new FakeNode(kit, supervisor, "a", 1, List.of(0), "");
        both.joins();
        assertThat(submit(supervisor, TestRun.onCards(run)).problem()).isEmpty();
        Map<String, FakeNode.Attempt> first = both.placed(2);
        first.values().forEach(attempt -> attempt.starts(6, 1));
        both.hello(first.values().stream().map(attempt -> attempt.held(false)).toList(), List.of(), List.of("run"));
        // The CPU's slots of another node are none of theirs.
        FakeNode plain = new FakeNode(kit, supervisor, "b", 4);
        plain.joins();
        both.expectNoOrder();
        FakeNode other = new FakeNode(kit, supervisor, "c", 0, List.of(0), "");
        other.joins();
        NodeAgent.Tell order = both.ordered();
        assertThat(order.order()).isEqualTo(NodeAgent.Order.STOP);
        first.get(order.job()).stops(7);
        assertThat(other.placed().job()).isEqualTo(order.job());
        plain.expectNothingPlaced();
    }

    // ---- another supervisor on the journal of the one before

    private ActorRef<Supervisor.Command> next(Begun begun) {
        kit.stop(begun.supervisor, WAIT);
        return supervise();
    }

    @Test
    void nextSupervisor_knowsWhatWasAnswered_andBeginsNothingTwice() {
        Begun begun = new Begun();
        begun.node.registered();
        begun.topk().starts(6, 1);
        begun.topk().writes(30, true);
        routed.receiveMessage(WAIT);
        begun.judged("topk", 30, "");
        begun.standard().fails("gone", false);
        awaitState(begun.supervisor, "standard", "restarting");
        assertThat(ask(begun.supervisor, replyTo -> new Supervisor.PauseJob("run", "topk", replyTo))
                        .taken())
                .isTrue();
        begun.node.ordered();
        ActorRef<Supervisor.Command> second = next(begun);
        FakeNode node = new FakeNode(begun.node, second);
        assertThat(node.joins(begun.topk().held(false)).term()).isEqualTo(2);
        assertThat(node.ordered()).isEqualTo(new NodeAgent.Tell("run", "topk", 0, NodeAgent.Order.PAUSE));
        assertThat(standing(second, "topk").step()).isEqualTo(30);
        assertThat(standing(second, "standard").restarts()).isEqualTo(1);
        time.timePasses(Duration.ofSeconds(1));
        FakeNode.Attempt again = node.placed();
        assertThat(again.job()).isEqualTo("standard");
        assertThat(again.epoch()).isEqualTo(1);
        node.expectNothingPlaced();
        routed.expectNoMessage(SHORT);
    }

    @Test
    void nextSupervisor_placesAnew_whatWasOnANodeThatIsGone() {
        Begun begun = new Begun();
        begun.topk().starts(6, 1);
        begun.node.dies();
        awaitState(begun.supervisor, "topk", "waiting");
        ActorRef<Supervisor.Command> second = next(begun);
        FakeNode other = new FakeNode(kit, second, "b", 2);
        other.joins();
        assertThat(other.placed(2).values()).extracting(FakeNode.Attempt::epoch).containsOnly(1);
    }

    @Test
    void nextSupervisor_waitsForTheNodesOfBefore_beforeItPlacesOrRoutes() {
        Begun begun = new Begun();
        begun.node.registered();
        begun.topk().writes(30, true);
        routed.receiveMessage(WAIT);
        begun.standard().writes(30, true);
        routed.receiveMessage(WAIT);
        awaitState(begun.supervisor, "standard", "running");
        kit.stop(begun.supervisor, WAIT);
        ActorRef<Supervisor.Command> second = supervise();
        FakeNode other = new FakeNode(kit, second, "b", 2);
        other.joins();
        other.expectNothingPlaced();
        routed.expectNoMessage(SHORT);
        FakeNode node = new FakeNode(begun.node, second);
        // It is still at one of them, at the word of the supervisor before.
        node.joins(
                List.of(begun.topk().held(false), begun.standard().held(false)),
                List.of(new NodeAgent.Judging("run", "topk", 30, Judgement.SCHEDULED)));
        assertThat(routed.receiveMessage(WAIT).job()).isEqualTo("standard");
        assertThat(status(second).evaluationsLeft()).isEqualTo(2);
        routed.expectNoMessage(SHORT);
        node.dies();
        assertThat(routed.receiveMessage(WAIT).job()).isEqualTo("topk");
    }

    @Test
    void nodeThatDoesNotAnswer_isNotWaitedForForever() {
        Begun begun = new Begun();
        begun.node.registered();
        ActorRef<Supervisor.Command> second = next(begun);
        FakeNode other = new FakeNode(kit, second, "b", 2);
        other.joins();
        other.expectNothingPlaced();
        time.timePasses(Supervisor.PATIENCE);
        assertThat(other.placed(2)).hasSize(2);
    }
}
