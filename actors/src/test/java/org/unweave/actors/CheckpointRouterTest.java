package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.delivery.ConsumerController;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unweave.eval.Judgement;

/** What waits is handed out in its order, the attributions, for which jobs wait, before all else. */
class CheckpointRouterTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration WAIT = Duration.ofSeconds(20);

    private final ActorTestKit kit = ActorTestKit.create();
    private final ActorRef<CheckpointRouter.Command> router = kit.spawn(CheckpointRouter.create(), "checkpoints");
    private final TestProbe<CheckpointRouter.Task> taken = kit.createTestProbe(CheckpointRouter.Task.class);

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    private void route(String run, long step, Judgement judgement) {
        router.tell(new CheckpointRouter.Route(new CheckpointRouter.Task(run, "topk", step, judgement, 1, null)));
    }

    /** Takes what is routed, from now on. */
    private void evaluator() {
        kit.spawn(Behaviors.<ConsumerController.Delivery<CheckpointRouter.Task>>setup(context -> {
            ConsumerController.Settings settings = ConsumerController.Settings$.MODULE$
                    .create(context.getSystem())
                    .withFlowControlWindow(3);
            context.spawn(ConsumerController.create(CheckpointRouter.EVALUATORS, settings), "work")
                    .tell(new ConsumerController.Start<>(context.getSelf()));
            return Behaviors.receiveMessage(delivery -> {
                taken.getRef().tell(delivery.message());
                delivery.confirmTo().tell(ConsumerController.confirmed());
                return Behaviors.same();
            });
        }));
    }

    private List<Long> taken(int count) {
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            steps.add(taken.receiveMessage(WAIT).step());
        }
        return steps;
    }

    @Test
    void attributions_goBeforeAllElse_eachKindInItsOrder() {
        route("run", 1, Judgement.SCHEDULED);
        route("run", 2, Judgement.SCHEDULED);
        route("run", 3, Judgement.ATTRIBUTION);
        route("run", 4, Judgement.SCHEDULED);
        route("other", 5, Judgement.ATTRIBUTION);

        evaluator();

        assertThat(taken(5)).containsExactly(3L, 5L, 1L, 2L, 4L);
    }

    @Test
    void cancelledRun_isNotHandedOut() {
        route("run", 1, Judgement.SCHEDULED);
        route("run", 2, Judgement.ATTRIBUTION);
        route("other", 3, Judgement.SCHEDULED);
        route("other", 4, Judgement.ATTRIBUTION);
        router.tell(new CheckpointRouter.Cancel("run"));

        evaluator();

        assertThat(taken(2)).containsExactly(4L, 3L);
        taken.expectNoMessage(SHORT);
    }
}
