package org.unweave.cluster.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unweave.actors.Meter;
import org.unweave.cluster.events.ClusterState;

/** An actor of ours is measured: what waits, how long, what it is at, what fails, restarts and comes too late. */
class MeteredMailboxTest {
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final ActorTestKit kit =
            ActorTestKit.create(ConfigFactory.parseString("pekko.loglevel = OFF, pekko.stdout-loglevel = OFF")
                    .withFallback(ConfigFactory.parseResources("application-local.conf"))
                    .withFallback(ConfigFactory.load()));
    private final TestProbe<Object> probe = kit.createTestProbe(Object.class);

    private record Note(String text) {}

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    private static double value(String name, String... labels) {
        return Optional.of(ClusterMeters.scrape(new ClusterState(System::nanoTime))).stream()
                .flatMap(String::lines)
                .filter(line ->
                        line.startsWith(name + "{") && List.of(labels).stream().allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Passes on what it is told, waits for the gate before each word, and fails at "fail". */
    private Behavior<Object> echo(CountDownLatch gate) {
        return Meter.ofProcess().around(Behaviors.receiveMessage(message -> {
            gate.await();
            if (message.equals("fail")) {
                throw new IllegalStateException("as it was told");
            }
            probe.getRef().tell(message);
            return message.equals("stop") ? Behaviors.stopped() : Behaviors.same();
        }));
    }

    private static Meter.ActorUse use(String name) {
        return Meter.ofProcess().actors(1000).stream()
                .filter(actor -> actor.name().equals(name))
                .findFirst()
                .orElse(new Meter.ActorUse(name, "", -1, -1));
    }

    private void await(Runnable assertion) {
        probe.awaitAssert(WAIT, () -> {
            assertion.run();
            return null;
        });
    }

    @Test
    void messages_areCountedWhileTheyWait_andTimed() {
        CountDownLatch gate = new CountDownLatch(1);
        double before = value("unweave_actor_messages_total", "actor=\"trainer\"", "message=\"Note\"");
        double live = value("unweave_actor_live", "actor=\"trainer\"");
        ActorRef<Object> trainer = kit.spawn(echo(gate), "trainer-run-topk-3");
        for (int i = 0; i < 5; i++) {
            trainer.tell(new Note("n" + i));
        }
        await(() -> assertThat(use("trainer-run-topk-3"))
                .isEqualTo(new Meter.ActorUse("trainer-run-topk-3", "trainer", 4, 1)));
        assertThat(value("unweave_actor_mailbox_depth", "actor=\"trainer\"")).isEqualTo(4);
        assertThat(value("unweave_actor_live", "actor=\"trainer\"")).isEqualTo(live + 1);
        gate.countDown();
        for (int i = 0; i < 5; i++) {
            probe.expectMessage(WAIT, new Note("n" + i));
        }
        await(() -> {
            assertThat(use("trainer-run-topk-3").waiting()).isZero();
            assertThat(value("unweave_actor_messages_total", "actor=\"trainer\"", "message=\"Note\""))
                    .isEqualTo(before + 5);
        });
        assertThat(value("unweave_actor_mailbox_time_seconds_count", "actor=\"trainer\""))
                .isGreaterThanOrEqualTo(5);
        assertThat(value("unweave_actor_processing_time_seconds_bucket", "actor=\"trainer\"", "+Inf"))
                .isGreaterThanOrEqualTo(5);

        trainer.tell("stop");
        await(() -> {
            assertThat(use("trainer-run-topk-3").kind()).isEmpty();
            assertThat(value("unweave_actor_live", "actor=\"trainer\"")).isEqualTo(live);
            assertThat(value("unweave_actor_mailbox_depth", "actor=\"trainer\""))
                    .isZero();
        });
    }

    @Test
    void failuresRestartsAndDeadLetters_areCounted() {
        double failures = value("unweave_actor_failures_total", "actor=\"evaluator\"");
        double restarts = value("unweave_actor_restarts_total", "actor=\"evaluator\"");
        double letters = value("unweave_actor_dead_letters_total", "actor=\"evaluator\"");
        kit.spawn(DeadLetters.create(), "dead-letters");
        ActorRef<Object> evaluator = kit.spawn(
                Behaviors.supervise(echo(new CountDownLatch(0))).onFailure(SupervisorStrategy.restart()),
                "evaluator-0");
        evaluator.tell("fail");
        evaluator.tell("stop");
        probe.expectMessage(WAIT, "stop");
        assertThat(value("unweave_actor_failures_total", "actor=\"evaluator\"")).isEqualTo(failures + 1);
        assertThat(value("unweave_actor_restarts_total", "actor=\"evaluator\"")).isEqualTo(restarts + 1);
        probe.expectTerminated(evaluator, WAIT);
        evaluator.tell("too late");
        await(() -> assertThat(value("unweave_actor_dead_letters_total", "actor=\"evaluator\""))
                .isGreaterThan(letters));
    }

    @Test
    void actors_ofNoKind_haveTheUsualMailbox() {
        kit.spawn(echo(new CountDownLatch(0)), "somebody");
        kit.spawn(Behaviors.empty(), "trainers");
        assertThat(use("somebody").kind()).isEmpty();
        assertThat(use("trainers").kind()).isEmpty();
    }
}
