package org.unweave.actors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.train.JobChange;

/** A node that does what the test says, and nothing else: it holds nothing but what it is told to hold. */
final class FakeNode {
    private static final Duration WAIT = Duration.ofSeconds(20);
    static final Trainer.Pace PACE = new Trainer.Pace(12, 345);

    private final String name;
    private final int slots;
    private final List<Integer> cards;
    private final String refused;
    private final ActorTestKit kit;
    private final ActorRef<Supervisor.Command> supervisor;
    private final ActorRef<NodeAgent.Command> agent;
    private final TestProbe<NodeAgent.Welcome> welcomes;
    private final TestProbe<NodeAgent.Place> places;
    private final TestProbe<NodeAgent.Tell> orders;
    private final TestProbe<NodeAgent.Change> changes;
    private final TestProbe<NodeAgent.OpenRun> opened;
    private final TestProbe<NodeAgent.CloseRun> closed;
    private final TestProbe<NodeAgent.Acknowledge> acknowledged;
    private final TestProbe<NodeAgent.RetireEvaluators> retired;
    private final TestProbe<MetricsHub.Command> hub;
    private @Nullable ActorRef<MetricsHub.Measurement> listener;
    private long numbered;
    private long term;

    FakeNode(ActorTestKit kit, ActorRef<Supervisor.Command> supervisor, String name, int slots) {
        this(kit, supervisor, name, slots, List.of(), "");
    }

    FakeNode(
            ActorTestKit kit,
            ActorRef<Supervisor.Command> supervisor,
            String name,
            int slots,
            List<Integer> cards,
            String refused) {
        this.kit = kit;
        this.cards = cards;
        this.refused = refused;
        this.supervisor = supervisor;
        this.name = name;
        this.slots = slots;
        welcomes = kit.createTestProbe(NodeAgent.Welcome.class);
        places = kit.createTestProbe(NodeAgent.Place.class);
        orders = kit.createTestProbe(NodeAgent.Tell.class);
        changes = kit.createTestProbe(NodeAgent.Change.class);
        opened = kit.createTestProbe(NodeAgent.OpenRun.class);
        closed = kit.createTestProbe(NodeAgent.CloseRun.class);
        acknowledged = kit.createTestProbe(NodeAgent.Acknowledge.class);
        retired = kit.createTestProbe(NodeAgent.RetireEvaluators.class);
        hub = kit.createTestProbe(MetricsHub.Command.class);
        agent = kit.spawn(Behaviors.receive(NodeAgent.Command.class)
                .onMessage(NodeAgent.Welcome.class, message -> pass(welcomes, message))
                .onMessage(NodeAgent.Place.class, message -> pass(places, message))
                .onMessage(NodeAgent.Tell.class, message -> pass(orders, message))
                .onMessage(NodeAgent.Change.class, message -> pass(changes, message))
                .onMessage(NodeAgent.OpenRun.class, message -> pass(opened, message))
                .onMessage(NodeAgent.CloseRun.class, message -> pass(closed, message))
                .onMessage(NodeAgent.Acknowledge.class, message -> pass(acknowledged, message))
                .onMessage(NodeAgent.RetireEvaluators.class, message -> pass(retired, message))
                .build());
    }

    /** The same node under another supervisor. */
    FakeNode(FakeNode before, ActorRef<Supervisor.Command> supervisor) {
        this.kit = before.kit;
        this.supervisor = supervisor;
        this.name = before.name;
        this.slots = before.slots;
        this.cards = before.cards;
        this.refused = before.refused;
        this.agent = before.agent;
        this.welcomes = before.welcomes;
        this.places = before.places;
        this.orders = before.orders;
        this.changes = before.changes;
        this.opened = before.opened;
        this.closed = before.closed;
        this.acknowledged = before.acknowledged;
        this.retired = before.retired;
        this.hub = before.hub;
        this.numbered = before.numbered;
    }

    private static <T> org.apache.pekko.actor.typed.Behavior<NodeAgent.Command> pass(TestProbe<T> probe, T message) {
        probe.getRef().tell(message);
        return Behaviors.same();
    }

    String process() {
        return name + "#1";
    }

    /** Has the receptionist know it, as agents do. */
    FakeNode registered() {
        TestProbe<Receptionist.Registered> probe = kit.createTestProbe(Receptionist.Registered.class);
        kit.system().receptionist().tell(Receptionist.register(NodeAgent.AGENTS, agent, probe.getRef()));
        probe.receiveMessage(WAIT);
        return this;
    }

    /** Says hello until it is welcomed, and once more under that term. */
    NodeAgent.Welcome joins(NodeAgent.Held... held) {
        return joins(List.of(held), List.of());
    }

    NodeAgent.Welcome joins(List<NodeAgent.Held> held, List<NodeAgent.Judging> judging) {
        hello(held, judging, List.of());
        NodeAgent.Welcome welcome = welcomes.receiveMessage(WAIT);
        term = welcome.term();
        hello(held, judging, List.of());
        return welcome;
    }

    void hello(List<NodeAgent.Held> held, List<NodeAgent.Judging> judging, List<String> open) {
        supervisor.tell(new Supervisor.Hello(
                new NodeAgent.Offer(name, process(), slots, cards, refused, 1, url()),
                1,
                agent,
                term,
                hub.getRef(),
                held,
                judging,
                open));
    }

    String url() {
        return "http://" + name;
    }

    /** Has the supervisor's hub hear a measurement. */
    void measures(MetricsHub.JobMetrics metrics) {
        if (listener == null) {
            listener = hub.expectMessageClass(MetricsHub.Subscribe.class, WAIT).subscriber();
        }
        listener.tell(metrics);
    }

    void dies() {
        kit.stop(agent, WAIT);
    }

    NodeAgent.OpenRun opened() {
        return opened.receiveMessage(WAIT);
    }

    NodeAgent.CloseRun closed() {
        return closed.receiveMessage(WAIT);
    }

    NodeAgent.Tell ordered() {
        return orders.receiveMessage(WAIT);
    }

    NodeAgent.Change changed() {
        return changes.receiveMessage(WAIT);
    }

    void expectNoChange() {
        changes.expectNoMessage(Duration.ofMillis(200));
    }

    void expectNoOrder() {
        orders.expectNoMessage(Duration.ofMillis(200));
    }

    void expectRetired() {
        retired.receiveMessage(WAIT);
    }

    Attempt placed() {
        NodeAgent.Place place = places.receiveMessage(WAIT);
        return new Attempt(place.run(), place.job(), place.epoch(), place.learningRateFactor());
    }

    Map<String, Attempt> placed(int count) {
        Map<String, Attempt> attempts = new HashMap<>();
        for (int i = 0; i < count; i++) {
            Attempt attempt = placed();
            attempts.put(attempt.job(), attempt);
        }
        return attempts;
    }

    void expectNothingPlaced() {
        places.expectNoMessage(Duration.ofMillis(200));
    }

    /** The numbers that were acknowledged up to now and this one. */
    List<Long> acknowledgedUpTo(long number) {
        List<Long> all = new ArrayList<>();
        do {
            all.add(acknowledged.receiveMessage(WAIT).number());
        } while (all.getLast() != number);
        return all;
    }

    long tells(Trainer.Event event) {
        numbered++;
        supervisor.tell(new Supervisor.Told(agent, numbered, event));
        return numbered;
    }

    void tellsAgain(long number, Trainer.Event event) {
        supervisor.tell(new Supervisor.Told(agent, number, event));
    }

    /** A job that was placed here. */
    final class Attempt {
        private final String run;
        private final String job;
        private final int epoch;
        private final OptionalDouble factor;

        Attempt(String run, String job, int epoch, OptionalDouble factor) {
            this.run = run;
            this.job = job;
            this.epoch = epoch;
            this.factor = factor;
        }

        String job() {
            return job;
        }

        int epoch() {
            return epoch;
        }

        OptionalDouble factor() {
            return factor;
        }

        NodeAgent.Held held(boolean paused) {
            return new NodeAgent.Held(run, job, epoch, 5, 0, paused, "");
        }

        void starts(long step, double learningRateFactor, CheckpointRef... evaluated) {
            tells(new Trainer.Started(run, job, epoch, step, learningRateFactor, List.of(evaluated), List.of()));
        }

        void takes(JobChange change) {
            tells(new Trainer.Changed(run, job, epoch, change));
        }

        NodeAgent.Held held(int changes) {
            return new NodeAgent.Held(run, job, epoch, 5, changes, false, "");
        }

        void fails(String reason, boolean diverged) {
            tells(new Trainer.Failed(run, job, epoch, 7, reason, diverged));
        }

        void finishes() {
            tells(new Trainer.Finished(run, job, epoch, TestRun.STEPS, PACE));
        }

        void stops(long step) {
            tells(new Trainer.Stopped(run, job, epoch, step));
        }

        void pauses(String reason) {
            tells(new Trainer.Paused(run, job, epoch, 5, reason));
        }

        void resumes() {
            tells(new Trainer.Resumed(run, job, epoch, 5));
        }

        CheckpointRef writes(long step, boolean evaluate) {
            return evaluate ? writes(step, Judgement.SCHEDULED) : writes(step);
        }

        CheckpointRef writes(long step, Judgement... wanted) {
            CheckpointRef ref = new CheckpointRef(job, step, epoch, "file:/nowhere/" + step, "00", 1);
            tells(new Trainer.CheckpointWritten(run, job, epoch, ref, List.of(wanted), PACE));
            return ref;
        }
    }
}
