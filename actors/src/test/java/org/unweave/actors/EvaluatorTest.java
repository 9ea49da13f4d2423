package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.eval.Control;
import org.unweave.eval.EvalReport;
import org.unweave.eval.Evaluation;
import org.unweave.eval.EvaluationException;
import org.unweave.eval.Judge;
import org.unweave.eval.Judgement;
import org.unweave.eval.Subject;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.data.RowMoments;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.train.TrainJob;

/**
 * Every checkpoint that is routed is judged by one evaluator or another, and is let go of only when its reports are
 * stored and entered; an evaluator that dies or an evaluation that throws loses nothing but time.
 */
class EvaluatorTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Props OWN_THREAD = DispatcherSelector.fromConfig("unweave.evaluator-dispatcher");
    private static final String RUN = "run";
    private static final String CONTROL = Control.RANDOM.job();

    @TempDir
    Path folder;

    private final ActorTestKit kit = ActorTestKit.create();
    private final ActorRef<Slots.Command> slots = kit.spawn(Slots.create(2));
    private final TestProbe<ResultLedger.Judged> judged = kit.createTestProbe(ResultLedger.Judged.class);
    private final Queue<String> made = new ConcurrentLinkedQueue<>();
    private final ActorRef<CheckpointRouter.Command> router = kit.spawn(CheckpointRouter.create(), "checkpoints");
    private ActorRef<ResultLedger.Command> ledger = kit.spawn(ResultLedger.create());
    private @Nullable CheckpointRef checkpoint;

    @BeforeEach
    void begin() {
        ledger.tell(new ResultLedger.Subscribe(judged.getRef()));
        try (TrainJob job =
                TestRun.open(TestRun.of(folder, List.of(), TestRun.supervision(1), "topk"), TestRun.job("topk"), 0)) {
            try (Mat rowsBD = TestRun.batch(0)) {
                job.step(rowsBD);
            }
            checkpoint = job.checkpoint();
        }
    }

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    /** Tells what it was given, does what the test wants, and reports the step. */
    private record Noting(String name, Queue<String> made, Consumer<Subject> act) implements Evaluation {
        @Override
        public String inputs() {
            return "none";
        }

        @Override
        public void prepare() {}

        @Override
        public EvalReport evaluate(Subject subject) {
            made.add(name + " " + subject.job() + " " + subject.step());
            act.accept(subject);
            return new EvalReport(
                    name,
                    subject.id(),
                    Map.of("step", (double) subject.step()),
                    JsonNodeFactory.instance.objectNode().put("variant", subject.variant()));
        }
    }

    /** Has a child that it can stop at a word. */
    private static final class Mortal {
        private record Kill(ActorRef<Dead> replyTo) {}

        private enum Dead {
            INSTANCE
        }

        static Behavior<Kill> create(Behavior<Evaluator.Command> child) {
            return Behaviors.setup(context -> {
                ActorRef<Evaluator.Command> evaluator = context.spawn(child, "evaluator", OWN_THREAD);
                return Behaviors.receiveMessage(kill -> {
                    context.stop(evaluator);
                    kill.replyTo().tell(Dead.INSTANCE);
                    return Behaviors.same();
                });
            });
        }
    }

    private static FrozenSae control(Control control) {
        try (RowMoments rows = new RowMoments(Mat.zeros(1, TestRun.WIDTH), Mat.zeros(TestRun.WIDTH, TestRun.WIDTH))) {
            return control.create(new Control.Size(8, 2), rows, 1);
        }
    }

    private Behavior<Evaluator.Command> behavior(Consumer<Subject> core, Consumer<Subject> probing) {
        return Evaluator.create(
                run -> new Judge(
                        folder,
                        Device.cpu(1),
                        List.of(new Noting("core", made, core), new Noting("probing", made, probing)),
                        "",
                        EvaluatorTest::control),
                slots,
                ledger.narrow(),
                null);
    }

    private void evaluator(Consumer<Subject> core, Consumer<Subject> probing) {
        kit.spawn(behavior(core, probing), OWN_THREAD);
    }

    private void evaluator(Consumer<Subject> core) {
        evaluator(core, subject -> {});
    }

    private void route(String job, long step) {
        router.tell(new CheckpointRouter.Route(
                new CheckpointRouter.Task(RUN, job, step, Judgement.SCHEDULED, 1, checkpoint)));
    }

    private Path report(String evaluation, String job, long step) {
        return folder.resolve("evals")
                .resolve(evaluation)
                .resolve(RUN + "_" + job + "_" + step + "_custom_sae_eval_results.json");
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(WAIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("nobody came");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDiskWithoutRoom_isWaitedFor_andTheReportIsMadeThen() {
        AtomicInteger tries = new AtomicInteger();
        evaluator(subject -> {
            if (tries.incrementAndGet() <= 2) {
                throw new EvaluationException("cannot write the report", new IOException("No space left on device"));
            }
        });
        route("topk", 7);

        assertThat(judged.receiveMessage(WAIT).problem()).isEmpty();
        assertThat(tries).hasValue(3);
        assertThat(report("core", "topk", 7)).exists();
    }

    @Test
    void checkpoints_areJudgedOnceEach_byTwoEvaluators() {
        evaluator(subject -> {});
        evaluator(subject -> {});
        List<Long> steps = new ArrayList<>();
        for (long step = 1; step <= 20; step++) {
            route("topk", step);
            steps.add(step);
        }
        List<Long> entered = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ResultLedger.Judged one = judged.receiveMessage(WAIT);
            assertThat(one.problem()).isEmpty();
            assertThat(one.headline())
                    .isEqualTo(Map.of("core.step", (double) one.step(), "probing.step", (double) one.step()));
            assertThat(report("core", "topk", one.step())).content().contains("\"topk\"");
            assertThat(report("probing", "topk", one.step())).exists();
            entered.add(one.step());
        }
        assertThat(entered).containsExactlyInAnyOrderElementsOf(steps);
        judged.expectNoMessage(SHORT);
        assertThat(made).hasSize(40).doesNotHaveDuplicates();
    }

    @Test
    void freeEvaluator_takesWhatABusyOneCannot() {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        evaluator(subject -> {
            begun.countDown();
            await(release);
        });
        route("topk", 1);
        await(begun);
        evaluator(subject -> {});
        for (long step = 2; step <= 8; step++) {
            route("topk", step);
        }
        // All but the two that may wait in the busy evaluator's hands.
        for (int i = 0; i < 5; i++) {
            assertThat(judged.receiveMessage(WAIT).step()).isNotEqualTo(1);
        }
        release.countDown();
        for (int i = 0; i < 3; i++) {
            judged.receiveMessage(WAIT);
        }
        judged.expectNoMessage(SHORT);
    }

    @Test
    void evaluatorThatDiesInTheMiddle_leavesItsCheckpointToAnother() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        TestProbe<Mortal.Dead> death = kit.createTestProbe(Mortal.Dead.class);
        ActorRef<Mortal.Kill> mortal = kit.spawn(Mortal.create(behavior(
                subject -> {
                    begun.countDown();
                    await(release);
                },
                subject -> {})));
        route("topk", 1);
        await(begun);
        mortal.tell(new Mortal.Kill(death.getRef()));
        death.receiveMessage(WAIT);
        release.countDown();
        evaluator(subject -> {});
        ResultLedger.Judged one = judged.receiveMessage(WAIT);
        assertThat(one.step()).isEqualTo(1);
        assertThat(one.problem()).isEmpty();
        assertThat(made).containsExactly("core topk 1", "probing topk 1");
        route("topk", 2);
        assertThat(judged.receiveMessage(WAIT).step()).isEqualTo(2);
    }

    @Test
    void errorInAnEvaluation_endsNeitherTheEvaluatorNorTheJvm() {
        evaluator(subject -> {
            if (subject.step() == 1) {
                throw new StackOverflowError("too deep");
            }
        });
        route("topk", 1);
        route("topk", 2);
        assertThat(judged.receiveMessage(WAIT).problem()).isEqualTo("too deep");
        assertThat(judged.receiveMessage(WAIT).problem()).isEmpty();
    }

    @Test
    void evaluationThatThrowsOnce_isMadeAgain_andNothingIsLost() {
        List<Long> thrown = new ArrayList<>();
        evaluator(subject -> {}, subject -> {
            if (thrown.isEmpty()) {
                thrown.add(subject.step());
                throw new IllegalStateException("out of luck");
            }
        });
        route("topk", 1);
        ResultLedger.Judged one = judged.receiveMessage(WAIT);
        assertThat(one.problem()).isEmpty();
        assertThat(one.headline()).containsOnlyKeys("core.step", "probing.step");
        assertThat(made).containsExactly("core topk 1", "probing topk 1", "probing topk 1");
    }

    @Test
    void evaluationThatAlwaysThrows_isTriedTwice_andTheOthersAreMade() {
        evaluator(subject -> {
            if (subject.step() == 1) {
                throw new IllegalStateException("the texts are gone");
            }
        });
        route("topk", 1);
        route("topk", 2);
        ResultLedger.Judged one = judged.receiveMessage(WAIT);
        assertThat(one.step()).isEqualTo(1);
        assertThat(one.problem()).isEqualTo("the texts are gone");
        assertThat(judged.receiveMessage(WAIT).problem()).isEmpty();
        assertThat(made)
                .containsExactly("core topk 1", "core topk 1", "probing topk 1", "core topk 2", "probing topk 2");
        assertThat(report("core", "topk", 1)).doesNotExist();
        assertThat(report("probing", "topk", 1)).exists();
    }

    @Test
    void checkpointThatIsGone_isEnteredWithItsProblem() {
        evaluator(subject -> {});
        CheckpointRef gone = new CheckpointRef(
                "topk", 9, 0, folder.resolve("nowhere").toUri().toString(), "00", 1);
        router.tell(
                new CheckpointRouter.Route(new CheckpointRouter.Task(RUN, "topk", 9, Judgement.SCHEDULED, 1, gone)));
        assertThat(judged.receiveMessage(WAIT).problem()).contains("nowhere");
    }

    @Test
    void control_isJudgedWithoutACheckpoint() {
        evaluator(subject -> assertThat(subject.variant()).isEqualTo("random"));
        router.tell(
                new CheckpointRouter.Route(new CheckpointRouter.Task(RUN, CONTROL, 0, Judgement.SCHEDULED, 1, null)));
        assertThat(judged.receiveMessage(WAIT).problem()).isEmpty();
        assertThat(report("core", CONTROL, 0)).exists();
    }

    @Test
    void storedReportOfTheSame_isLeftAlone() throws IOException {
        evaluator(subject -> {});
        route("topk", 1);
        assertThat(judged.receiveMessage(WAIT).problem()).isEmpty();
        FileTime before = Files.getLastModifiedTime(report("core", "topk", 1));
        made.clear();
        route("topk", 1);
        assertThat(judged.receiveMessage(WAIT).problem()).isEmpty();
        assertThat(made).isEmpty();
        assertThat(Files.getLastModifiedTime(report("core", "topk", 1))).isEqualTo(before);
    }

    @Test
    void storedReportOfSomethingElse_isMadeAnew() throws IOException {
        Path stored = report("core", "topk", 1);
        Files.createDirectories(stored.getParent());
        Files.writeString(stored, "{\"unweave_fingerprint\": \"of another SAE\"}");
        Path cutOff = report("probing", "topk", 1);
        Files.createDirectories(cutOff.getParent());
        Files.writeString(cutOff, "{\"eval_type_id\": ");
        evaluator(subject -> {});
        route("topk", 1);
        assertThat(judged.receiveMessage(WAIT).problem()).isEmpty();
        assertThat(made).containsExactly("core topk 1", "probing topk 1");
        assertThat(stored).content().contains("topk");
    }

    @Test
    void checkpoint_isLetGoOfOnlyAfterItIsEntered() {
        TestProbe<ResultLedger.Command> slowLedger = kit.createTestProbe(ResultLedger.Command.class);
        ledger = slowLedger.getRef();
        evaluator(subject -> {});
        route("topk", 1);
        route("topk", 2);
        ResultLedger.Record record = slowLedger.expectMessageClass(ResultLedger.Record.class, WAIT);
        assertThat(report("core", "topk", 1)).exists();
        assertThat(report("probing", "topk", 1)).exists();
        slowLedger.expectNoMessage(SHORT);
        assertThat(made).containsExactly("core topk 1", "probing topk 1");
        record.replyTo().tell(new ResultLedger.Recorded(RUN, "topk", 1, Judgement.SCHEDULED));
        assertThat(slowLedger
                        .expectMessageClass(ResultLedger.Record.class, WAIT)
                        .judged()
                        .step())
                .isEqualTo(2);
    }

    @Test
    void evaluatorOfANode_judgesWhatItMay_andForgetsARunThatIsOver() {
        TestProbe<Evaluator.Event> owner = kit.createTestProbe(Evaluator.Event.class);
        TestProbe<Evaluator.Forgotten> forgotten = kit.createTestProbe(Evaluator.Forgotten.class);
        Queue<String> opened = new ConcurrentLinkedQueue<>();
        ActorRef<Evaluator.Command> evaluator = kit.spawn(
                Evaluator.create(
                        run -> {
                            opened.add(run);
                            return new Judge(
                                    folder,
                                    Device.cpu(1),
                                    List.of(new Noting("core", made, subject -> {})),
                                    "",
                                    EvaluatorTest::control);
                        },
                        slots,
                        ledger.narrow(),
                        owner.getRef()),
                OWN_THREAD);
        for (long step = 1; step <= 3; step++) {
            route("topk", step);
        }
        Evaluator.MayJudge first = owner.expectMessageClass(Evaluator.MayJudge.class, WAIT);
        assertThat(first.task().step()).isEqualTo(1);
        first.replyTo().tell(new Evaluator.Permit(false));
        assertThat(owner.expectMessageClass(Evaluator.LetGo.class, WAIT).task()).isEqualTo(first.task());
        Evaluator.MayJudge second = owner.expectMessageClass(Evaluator.MayJudge.class, WAIT);
        second.replyTo().tell(new Evaluator.Permit(true));
        assertThat(judged.receiveMessage(WAIT).step()).isEqualTo(2);
        assertThat(owner.expectMessageClass(Evaluator.LetGo.class, WAIT).task()).isEqualTo(second.task());
        Evaluator.MayJudge third = owner.expectMessageClass(Evaluator.MayJudge.class, WAIT);
        evaluator.tell(new Evaluator.Forget(RUN, forgotten.getRef()));
        assertThat(forgotten.receiveMessage(WAIT)).isEqualTo(new Evaluator.Forgotten(RUN, evaluator));
        assertThat(owner.expectMessageClass(Evaluator.LetGo.class, WAIT).task()).isEqualTo(third.task());
        third.replyTo().tell(new Evaluator.Permit(true));
        judged.expectNoMessage(SHORT);
        assertThat(made).containsExactly("core topk 2");
        assertThat(opened).containsExactly(RUN);
    }

    /** Finds the same in every SAE. */
    private record Attributing(AttributionSnapshot snapshot) implements Evaluation {
        @Override
        public String name() {
            return "attribution";
        }

        @Override
        public String inputs() {
            return "none";
        }

        @Override
        public void prepare() {}

        @Override
        public EvalReport evaluate(Subject subject) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("eval_type_id", "attribution");
            json.putObject("eval_result_metrics")
                    .putObject("attribution")
                    .put("probe_accuracy", snapshot.probeAccuracy())
                    .put("percentile_85", snapshot.percentile85())
                    .put("top_latents", snapshot.top().size());
            json.put("job", snapshot.job());
            json.put("step", snapshot.step());
            json.put("attribute", snapshot.attribute());
            json.put("features", snapshot.features());
            ArrayNode details = json.putArray("eval_result_details");
            snapshot.top()
                    .forEach(one ->
                            details.addObject().put("latent", one.feature()).put("attribution", one.attribution()));
            return new EvalReport(
                    "attribution", subject.id(), Map.of("probe_accuracy", snapshot.probeAccuracy()), json);
        }
    }

    private CheckpointRouter.Task allowed(TestProbe<Evaluator.Event> owner) {
        Evaluator.MayJudge asked = owner.expectMessageClass(Evaluator.MayJudge.class, WAIT);
        asked.replyTo().tell(new Evaluator.Permit(true));
        return asked.task();
    }

    private void spawnAttributing(AttributionSnapshot snapshot, TestProbe<Evaluator.Event> owner) {
        kit.spawn(
                Evaluator.create(
                        run -> new Judge(
                                folder,
                                Device.cpu(1),
                                List.of(new Noting("core", made, subject -> {}), new Attributing(snapshot)),
                                "",
                                EvaluatorTest::control),
                        slots,
                        ledger.narrow(),
                        owner.getRef()),
                OWN_THREAD);
    }

    @Test
    void attribution_whoseReportCannotBeRead_isToldAsNone_andEnteredWithItsProblem() {
        AttributionSnapshot outOfOrder = new AttributionSnapshot(
                "topk",
                7,
                AttributionSnapshot.Source.EVALUATOR,
                "spurious",
                TestRun.FEATURES,
                List.of(new AttributionSnapshot.Attributed(3, 0.25), new AttributionSnapshot.Attributed(0, 0.75)),
                0.675,
                0.875);
        TestProbe<Evaluator.Event> owner = kit.createTestProbe(Evaluator.Event.class);
        spawnAttributing(outOfOrder, owner);

        router.tell(new CheckpointRouter.Route(
                new CheckpointRouter.Task(RUN, "topk", 7, Judgement.ATTRIBUTION, 1, checkpoint)));
        allowed(owner);
        owner.expectMessage(WAIT, new Evaluator.Attributed(RUN, AttributionSnapshot.none("topk", 7)));
        assertThat(judged.receiveMessage(WAIT).problem()).contains("stands twice, or out of order");
    }

    @Test
    void attribution_isToldToTheNode_eachTimeItIsAskedFor_andOnlyThen() {
        AttributionSnapshot snapshot = new AttributionSnapshot(
                "topk",
                7,
                AttributionSnapshot.Source.EVALUATOR,
                "spurious",
                TestRun.FEATURES,
                List.of(new AttributionSnapshot.Attributed(3, 0.75), new AttributionSnapshot.Attributed(0, 0.25)),
                0.675,
                0.875);
        TestProbe<Evaluator.Event> owner = kit.createTestProbe(Evaluator.Event.class);
        spawnAttributing(snapshot, owner);

        for (int time = 0; time < 2; time++) {
            router.tell(new CheckpointRouter.Route(
                    new CheckpointRouter.Task(RUN, "topk", 7, Judgement.ATTRIBUTION, 1, checkpoint)));
            CheckpointRouter.Task task = allowed(owner);
            owner.expectMessage(WAIT, new Evaluator.Attributed(RUN, snapshot));
            owner.expectMessage(WAIT, new Evaluator.LetGo(task));
            ResultLedger.Judged one = judged.receiveMessage(WAIT);
            assertThat(one.judgement()).isEqualTo(Judgement.ATTRIBUTION);
            assertThat(one.problem()).isEmpty();
        }
        assertThat(made).as("the scheduled evaluations").isEmpty();

        route("topk", 7);
        CheckpointRouter.Task scheduled = allowed(owner);
        owner.expectMessage(WAIT, new Evaluator.LetGo(scheduled));
        assertThat(made).containsExactly("core topk 7");
    }

    @Test
    void retiredEvaluator_endsWhenItsCheckpointIsJudged() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        ActorRef<Evaluator.Command> evaluator = kit.spawn(
                behavior(
                        subject -> {
                            begun.countDown();
                            await(release);
                        },
                        subject -> {}),
                OWN_THREAD);
        route("topk", 1);
        await(begun);
        evaluator.tell(Evaluator.Retire.INSTANCE);
        release.countDown();
        assertThat(judged.receiveMessage(WAIT).step()).isEqualTo(1);
        kit.createTestProbe().expectTerminated(evaluator, WAIT);
    }

    @Test
    void slots_areFreeBetweenEvaluations() {
        evaluator(subject -> {});
        route("topk", 1);
        judged.receiveMessage(WAIT);
        for (int slot = 0; slot < 2; slot++) {
            TestProbe<Slots.Lease> other = kit.createTestProbe(Slots.Lease.class);
            slots.tell(new Slots.Request(other.getRef()));
            other.receiveMessage(WAIT);
        }
    }
}
