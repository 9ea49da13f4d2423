package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.math.Mat;
import org.unweave.model.train.JobFolder;

/**
 * What goes wrong in one job does not reach the others: they end with the bits they have when nothing goes wrong. The
 * one begins again from its checkpoint, and ends with the same bits too where the fault did not last.
 */
class FaultIsolationTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final String[] JOBS = {"topk", "standard", "dynamic-margin"};
    private static final int MAX_RESTARTS = 3;
    /** The batch that is bad, and the last checkpoint before it. */
    private static final long BAD = 33;

    private static final long BEFORE = 30;

    @TempDir
    Path folder;

    /** The batch of another shape: the step throws. */
    private static Mat misshapen(Mat rowsBD) {
        return Mat.zeros(rowsBD.rows(), rowsBD.cols() + 1);
    }

    /** A batch with one value that is none: the loss is none. */
    private static Mat poisoned(Mat rowsBD) {
        Mat copy = rowsBD.copy();
        copy.set(7, 5, Float.NaN);
        return copy;
    }

    /** A batch whose loss is finite and far beyond what it was at the start. */
    private static Mat exploded(Mat rowsBD) {
        Mat copy = rowsBD.copy();
        for (int row = 0; row < copy.rows(); row++) {
            for (int col = 0; col < copy.cols(); col++) {
                copy.set(row, col, copy.get(row, col) * 1000);
            }
        }
        return copy;
    }

    /** Relays between the trainers and the real feed, and spoils the bad batch of one job so many times. */
    private static Behavior<ActivationFeed.Command> badFeed(
            Behavior<ActivationFeed.Command> feed, String job, int times, UnaryOperator<Mat> spoil) {
        return Behaviors.setup(context -> {
            ActorRef<ActivationFeed.Command> real = context.spawn(feed, "real");
            AtomicInteger left = new AtomicInteger(times);
            Map<String, ActorRef<ActivationFeed.Reply>> relays = new HashMap<>();
            return Behaviors.receive(ActivationFeed.Command.class)
                    .onMessage(ActivationFeed.Next.class, next -> {
                        boolean victim = next.member().startsWith(job + "#");
                        // One relay for each attempt, so that its batches stay in order.
                        ActorRef<ActivationFeed.Reply> relay = relays.computeIfAbsent(
                                next.member(),
                                member -> context.spawnAnonymous(relay(next.replyTo(), victim, left, spoil)));
                        real.tell(new ActivationFeed.Next(
                                next.member(), next.batch(), next.done(), next.ticket(), relay));
                        return Behaviors.same();
                    })
                    .onAnyMessage(other -> {
                        real.tell(other);
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    private static Behavior<ActivationFeed.Reply> relay(
            ActorRef<ActivationFeed.Reply> replyTo, boolean victim, AtomicInteger left, UnaryOperator<Mat> spoil) {
        return Behaviors.receiveMessage(reply -> {
            ActivationFeed.BatchReady ready = (ActivationFeed.BatchReady) reply;
            boolean bad = victim && ready.batch() == BAD && left.getAndDecrement() > 0;
            replyTo.tell(bad ? new ActivationFeed.BatchReady(BAD, ready.ticket(), spoil.apply(ready.rowsBD())) : ready);
            return Behaviors.same();
        });
    }

    private RunConfig run(String name) {
        return TestRun.of(folder.resolve(name), List.of(), TestRun.supervision(MAX_RESTARTS), JOBS);
    }

    /** Runs to the end; the bad batch of the victim is spoilt so many times. */
    private static Supervisor.RunEnded train(
            RunConfig run, int slotCount, String victim, int times, UnaryOperator<Mat> spoil) {
        ActorTestKit kit = ActorTestKit.create(TestRun.JOURNAL);
        try {
            ActorRef<Supervisor.Command> supervisor = kit.spawn(Supervisor.create(TestRun.house(run)));
            TestProbe<Supervisor.RunEnded> owner = kit.createTestProbe(Supervisor.RunEnded.class);
            kit.spawn(NodeAgent.create(
                    new NodeAgent.Offer("local", "local", slotCount, 0, ""),
                    run.supervision(),
                    TestRun.node(run, feed -> badFeed(feed, victim, times, spoil))));
            supervisor.tell(new Supervisor.Follow(run.name(), owner.getRef(), null, null));
            supervisor.tell(new Supervisor.Submit("", kit.system().ignoreRef()));
            return owner.receiveMessage(WAIT);
        } finally {
            kit.shutdownTestKit();
        }
    }

    private String alone(String job, long halvedFrom) {
        return TestRun.sha256Alone(folder.resolve("alone-" + job), TestRun.job(job), halvedFrom);
    }

    private String alone(String job) {
        return alone(job, TestRun.STEPS);
    }

    private static JobFolder.Standing standing(Supervisor.RunEnded ended, String job) {
        return ended.jobs().stream()
                .filter(standing -> standing.job().equals(job))
                .findFirst()
                .orElseThrow();
    }

    private void expectOthersUndisturbed(RunConfig run, Supervisor.RunEnded ended, String victim) {
        for (String job : JOBS) {
            if (!job.equals(victim)) {
                assertThat(standing(ended, job).state()).isEqualTo("done");
                assertThat(standing(ended, job).restarts()).isZero();
                assertThat(TestRun.finalSha256(run, job)).as(job).isEqualTo(alone(job));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void run_inWhichNothingGoesWrong_hasTheBitsOfEachJobAlone(int slots) {
        RunConfig run = run("quiet-" + slots);
        Supervisor.RunEnded ended = train(run, slots, "none", 0, UnaryOperator.identity());
        assertThat(ended.stopped()).isFalse();
        expectOthersUndisturbed(run, ended, "none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"topk", "standard", "dynamic-margin"})
    void exception_isMendedByARestart_andNoBitOfAnyJobDiffers(String victim) {
        RunConfig run = run(victim);
        Supervisor.RunEnded ended = train(run, 2, victim, 1, FaultIsolationTest::misshapen);
        expectOthersUndisturbed(run, ended, victim);
        JobFolder.Standing standing = standing(ended, victim);
        assertThat(standing.state()).isEqualTo("done");
        assertThat(standing.restarts()).isEqualTo(1);
        assertThat(standing.reason()).contains("17");
        assertThat(TestRun.finalSha256(run, victim)).isEqualTo(alone(victim));
        assertThat(TestRun.newest(run, victim).checkpoint().manifest().epoch()).isEqualTo(1);
        assertThat(ended.stopped()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"topk", "standard", "dynamic-margin"})
    void notANumber_goesBackToTheCheckpoint_withHalfTheLearningRate(String victim) {
        RunConfig run = run(victim);
        Supervisor.RunEnded ended = train(run, 2, victim, 1, FaultIsolationTest::poisoned);
        expectOthersUndisturbed(run, ended, victim);
        JobFolder.Standing standing = standing(ended, victim);
        assertThat(standing.state()).isEqualTo("done");
        assertThat(standing.restarts()).isEqualTo(1);
        assertThat(standing.reason()).contains("not a finite number");
        assertThat(TestRun.finalSha256(run, victim)).isEqualTo(alone(victim, BEFORE));
        CheckpointFolder.Loaded last = TestRun.newest(run, victim);
        assertThat(last.state().doubles("learning_rate_factor", 1)).containsExactly(0.5);
        last.state().close();
    }

    @Test
    void lossThatGrows_goesBackToTheCheckpoint_withHalfTheLearningRate() {
        RunConfig run = run("grows");
        Supervisor.RunEnded ended = train(run, 2, "topk", 1, FaultIsolationTest::exploded);
        expectOthersUndisturbed(run, ended, "topk");
        JobFolder.Standing standing = standing(ended, "topk");
        assertThat(standing.state()).isEqualTo("done");
        assertThat(standing.restarts()).isEqualTo(1);
        assertThat(standing.reason()).contains("at step " + BAD, "the loss has diverged");
        assertThat(TestRun.finalSha256(run, "topk")).isEqualTo(alone("topk", BEFORE));
    }

    @Test
    void learningRateThatIsTooLarge_isHalvedOnce_andTheJobEnds() {
        // Its loss grows beyond all bounds before the first checkpoint; at half of it, it stays within them.
        JobConfig tooFast = TestRun.job("topk", 1.6);
        RunConfig run = TestRun.withJob(run("fast"), tooFast);
        Supervisor.RunEnded ended = train(run, 2, "none", 0, UnaryOperator.identity());
        expectOthersUndisturbed(run, ended, "topk");
        JobFolder.Standing standing = standing(ended, "topk");
        assertThat(standing.state()).isEqualTo("done");
        assertThat(standing.restarts()).isEqualTo(1);
        assertThat(standing.reason()).contains("the loss has diverged");
        assertThat(TestRun.finalSha256(run, "topk"))
                .isEqualTo(TestRun.sha256Alone(folder.resolve("alone-fast"), tooFast, 0));
    }

    @Test
    void learningRateThatIsHopeless_isHalvedThreeTimes_andTheJobFailsWithTheReason() {
        RunConfig patient = TestRun.of(folder.resolve("hopeless"), List.of(), TestRun.supervision(9), JOBS);
        RunConfig run = TestRun.withJob(patient, TestRun.job("standard", 1000));
        Supervisor.RunEnded ended = train(run, 2, "none", 0, UnaryOperator.identity());
        expectOthersUndisturbed(run, ended, "standard");
        JobFolder.Standing standing = standing(ended, "standard");
        assertThat(standing.state()).isEqualTo("failed");
        assertThat(standing.restarts()).isEqualTo(3);
        assertThat(standing.reason())
                .contains("its learning rate was halved 3 times", "the loss has diverged", "at step");
        assertThat(ended.stopped()).isFalse();
    }

    @Test
    void faultThatLasts_isReportedAfterTheCap_andTheRunGoesOn() {
        RunConfig run = run("lasting");
        Supervisor.RunEnded ended = train(run, 1, "standard", Integer.MAX_VALUE, FaultIsolationTest::misshapen);
        expectOthersUndisturbed(run, ended, "standard");
        JobFolder.Standing standing = standing(ended, "standard");
        assertThat(standing.state()).isEqualTo("failed");
        assertThat(standing.restarts()).isEqualTo(MAX_RESTARTS);
        assertThat(standing.reason()).contains("IllegalArgumentException", "17");
        assertThat(standing.step()).isBetween(BEFORE, BAD);
        assertThat(ended.stopped()).isFalse();
        assertThat(TestRun.newest(run, "standard").checkpoint().manifest().step())
                .isEqualTo(BEFORE);
    }
}
