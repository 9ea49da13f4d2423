package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judge;
import org.unweave.model.train.TrainJob;

/**
 * A node trains what is placed on it once, says what it holds, repeats what is not acknowledged, also to the next
 * supervisor, and closes a run when nothing of it is in use.
 */
class NodeAgentTest {
    private static final Duration WAIT = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Supervisor.Command> supervisor = kit.createTestProbe(Supervisor.Command.class);
    private final Queue<String> done = new ConcurrentLinkedQueue<>();
    private final Map<String, Seat> seats = new ConcurrentHashMap<>();
    private RunConfig run = TestRun.of(Path.of("."), List.of(), TestRun.supervision(1), "topk");

    @BeforeEach
    void makeRun() {
        run = TestRun.of(folder, List.of(), TestRun.supervision(1), "topk", "standard");
    }

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    /** The test's run, whose opening and closing is noted. */
    private NodeRuns runs() {
        NodeRuns real = TestRun.node(run, UnaryOperator.identity());
        return new NodeRuns() {
            @Override
            public void add(String name, String config, List<String> files) {
                done.add("add " + name + " " + files);
            }

            @Override
            public RunConfig config(String name) {
                return real.config(name);
            }

            @Override
            public Behavior<ActivationFeed.Command> feed(String name) {
                return real.feed(name);
            }

            @Override
            public TrainJob openJob(String name, String job, int epoch, Seat seat) {
                done.add("open " + job + " " + epoch);
                seats.put(job, seat);
                return real.openJob(name, job, epoch, seat);
            }

            @Override
            public Judge openJudge(String name) {
                return real.openJudge(name);
            }

            @Override
            public void remove(String name) {
                done.add("remove " + name);
            }
        };
    }

    private ActorRef<NodeAgent.Command> agent() {
        return kit.spawn(
                NodeAgent.create(new NodeAgent.Offer("here", "here#1", 1, 1, ""), TestRun.supervision(1), runs()));
    }

    private ActorRef<NodeAgent.Command> agentWithCards(Integer... cards) {
        NodeAgent.Offer offer = new NodeAgent.Offer("here", "here#1", 1, List.of(cards), "", 1, "");
        return kit.spawn(NodeAgent.create(offer, TestRun.supervision(1), runs()));
    }

    private void welcome(ActorRef<NodeAgent.Command> agent, ActorRef<Supervisor.Command> by, long term) {
        agent.tell(new NodeAgent.Welcome(by, term, kit.spawn(ResultLedger.create())));
    }

    private static <T extends Supervisor.Command> T next(
            TestProbe<Supervisor.Command> probe, Class<T> kind, Predicate<T> that) {
        long deadline = System.nanoTime() + WAIT.toNanos();
        while (System.nanoTime() < deadline) {
            Supervisor.Command command = probe.receiveMessage(WAIT);
            if (kind.isInstance(command) && that.test(kind.cast(command))) {
                return kind.cast(command);
            }
        }
        throw new AssertionError("no " + kind.getSimpleName() + " that is waited for has come");
    }

    private static Supervisor.Told told(TestProbe<Supervisor.Command> probe, Class<? extends Trainer.Event> event) {
        return next(probe, Supervisor.Told.class, one -> event.isInstance(one.event()));
    }

    private static NodeAgent.Place place(String job, int epoch) {
        return new NodeAgent.Place("run", job, epoch, OptionalDouble.empty());
    }

    @Test
    void job_isTrainedOnce_howeverOftenItIsPlaced_andItsEndIsRepeatedUntilItIsAcknowledged() {
        ActorRef<NodeAgent.Command> agent = agent();
        welcome(agent, supervisor.getRef(), 1);
        agent.tell(place("topk", 4));
        agent.tell(new NodeAgent.OpenRun("run", "text", List.of("http://127.0.0.1:1")));
        agent.tell(new NodeAgent.OpenRun("run", "text", List.of("http://127.0.0.1:1", "http://127.0.0.1:2")));
        agent.tell(place("topk", 4));
        agent.tell(place("topk", 4));
        agent.tell(place("topk", 3));
        Supervisor.Told end = told(supervisor, Trainer.Finished.class);
        assertThat(told(supervisor, Trainer.Finished.class)).as("again").isEqualTo(end);
        Supervisor.Hello after = next(supervisor, Supervisor.Hello.class, hello -> true);
        assertThat(after.held()).isEmpty();
        assertThat(after.open()).containsExactly("run");
        // The one after it hears of it too.
        TestProbe<Supervisor.Command> second = kit.createTestProbe(Supervisor.Command.class);
        welcome(agent, second.getRef(), 2);
        assertThat(told(second, Trainer.Finished.class)).isEqualTo(end);
        for (long number = 1; number <= end.number(); number++) {
            agent.tell(new NodeAgent.Acknowledge(number));
        }
        agent.tell(place("topk", 4));
        for (int beat = 0; beat < 3; beat++) {
            next(second, Supervisor.Hello.class, hello -> hello.held().isEmpty() && hello.term() == 2);
        }
        agent.tell(new NodeAgent.CloseRun("run"));
        next(second, Supervisor.Hello.class, hello -> hello.open().isEmpty());
        assertThat(done)
                .containsExactly(
                        "add run [http://127.0.0.1:1]",
                        "add run [http://127.0.0.1:1, http://127.0.0.1:2]",
                        "open topk 4",
                        "remove run");
        assertThat(TestRun.newest(run, "topk").checkpoint().manifest().epoch()).isEqualTo(4);
    }

    @Test
    void whatIsNotAcknowledged_isSentLessAndLessOften() {
        ActorRef<NodeAgent.Command> agent = agent();
        welcome(agent, supervisor.getRef(), 1);
        agent.tell(new NodeAgent.OpenRun("run", "text", List.of("http://127.0.0.1:1")));
        agent.tell(place("topk", 0));
        Supervisor.Told end = told(supervisor, Trainer.Finished.class);
        int again = 0;
        for (int beat = 0; beat < 8; ) {
            Supervisor.Command next = supervisor.receiveMessage(WAIT);
            if (next instanceof Supervisor.Hello) {
                beat++;
            } else if (next.equals(end)) {
                again++;
            }
        }
        // After 2 beats and 4 more; the next time would be after 8.
        assertThat(again).isEqualTo(2);
    }

    @Test
    void runThatIsClosed_endsItsTrainers_andIsRemovedWhenTheyAreGone() {
        ActorRef<NodeAgent.Command> agent = agent();
        welcome(agent, supervisor.getRef(), 1);
        agent.tell(new NodeAgent.OpenRun("run", "text", List.of("http://127.0.0.1:1")));
        agent.tell(place("topk", 0));
        agent.tell(place("standard", 0));
        told(supervisor, Trainer.Started.class);
        told(supervisor, Trainer.Started.class);
        agent.tell(new NodeAgent.CloseRun("run"));
        Supervisor.Hello gone =
                next(supervisor, Supervisor.Hello.class, hello -> hello.open().isEmpty());
        assertThat(gone.held()).isEmpty();
        assertThat(done).endsWith("remove run");
    }

    @Test
    void jobsOfCards_areSpreadOverThem_andTrainOneAtATime() {
        run = TestRun.onCards(run);
        ActorRef<NodeAgent.Command> agent = agentWithCards(3, 1);
        welcome(agent, supervisor.getRef(), 1);
        agent.tell(new NodeAgent.OpenRun("run", "text", List.of("http://127.0.0.1:1")));
        agent.tell(place("topk", 0));
        agent.tell(place("standard", 0));
        told(supervisor, Trainer.Finished.class);
        told(supervisor, Trainer.Finished.class);
        assertThat(seats).isEqualTo(Map.of("topk", Seat.card(3), "standard", Seat.card(1)));
    }

    @Test
    void jobsOfOneCard_shareIt() {
        run = TestRun.onCards(run);
        ActorRef<NodeAgent.Command> agent = agentWithCards(2);
        welcome(agent, supervisor.getRef(), 1);
        agent.tell(new NodeAgent.OpenRun("run", "text", List.of("http://127.0.0.1:1")));
        agent.tell(place("topk", 0));
        agent.tell(place("standard", 0));
        told(supervisor, Trainer.Finished.class);
        told(supervisor, Trainer.Finished.class);
        assertThat(seats).isEqualTo(Map.of("topk", Seat.card(2), "standard", Seat.card(2)));
    }

    @Test
    void nodeThatLeaves_writesCheckpoints_andTakesNoMore() {
        ActorRef<NodeAgent.Command> agent = agent();
        TestProbe<NodeAgent.Left> left = kit.createTestProbe(NodeAgent.Left.class);
        welcome(agent, supervisor.getRef(), 1);
        agent.tell(new NodeAgent.OpenRun("run", "text", List.of("http://127.0.0.1:1")));
        agent.tell(place("topk", 0));
        told(supervisor, Trainer.CheckpointWritten.class);
        agent.tell(new NodeAgent.Leave(left.getRef()));
        agent.tell(place("standard", 0));
        left.receiveMessage(WAIT);
        Supervisor.Hello hello =
                next(supervisor, Supervisor.Hello.class, one -> one.offer().cpuSlots() == 0);
        assertThat(hello.held()).noneMatch(held -> held.job().equals("standard"));
        assertThat(done).doesNotContain("open standard 0");
    }

    @Test
    void agent_isFoundByTheReceptionist_andFindsASupervisorThere() {
        kit.system().receptionist().tell(Receptionist.register(Supervisor.SUPERVISOR, supervisor.getRef()));
        ActorRef<NodeAgent.Command> agent = agent();
        Supervisor.Hello hello = next(supervisor, Supervisor.Hello.class, one -> true);
        assertThat(hello.agent()).isEqualTo(agent);
        assertThat(hello.term()).isZero();
        TestProbe<Receptionist.Listing> listing = kit.createTestProbe(Receptionist.Listing.class);
        kit.system().receptionist().tell(Receptionist.find(NodeAgent.AGENTS, listing.getRef()));
        assertThat(listing.receiveMessage(WAIT).getServiceInstances(NodeAgent.AGENTS))
                .containsExactly(agent);
    }
}
