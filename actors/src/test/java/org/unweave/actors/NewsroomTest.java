package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judgement;

/** What becomes of a run is told to whoever found the newsroom, and how all stands to whoever finds it later. */
class NewsroomTest {
    private static final Duration WAIT = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final ActorTestKit kit = ActorTestKit.create(TestRun.JOURNAL);
    private final TestProbe<Newsroom.News> news = kit.createTestProbe(Newsroom.News.class);
    private final List<Newsroom.News> heard = new ArrayList<>();

    @AfterEach
    void shutDown() {
        kit.shutdownTestKit();
    }

    private ActorRef<Newsroom.Command> newsroom() {
        TestProbe<Receptionist.Listing> listings = kit.createTestProbe(Receptionist.Listing.class);
        kit.system().receptionist().tell(Receptionist.subscribe(Newsroom.NEWSROOMS, listings.getRef()));
        while (true) {
            for (ActorRef<Newsroom.Command> one :
                    listings.receiveMessage(WAIT).getServiceInstances(Newsroom.NEWSROOMS)) {
                return one;
            }
        }
    }

    private <T extends Newsroom.News> T await(Class<T> type, Predicate<T> wanted) {
        while (true) {
            Newsroom.News one = news.receiveMessage(WAIT);
            heard.add(one);
            if (type.isInstance(one) && wanted.test(type.cast(one))) {
                return type.cast(one);
            }
        }
    }

    private static Predicate<Newsroom.JobChanged> state(String state) {
        return changed -> changed.standing().state().equals(state);
    }

    @Test
    void run_isToldOfFromItsSubmissionToItsEnd() {
        RunConfig run = TestRun.of(folder, List.of("core"), TestRun.supervision(1), "topk");
        ActorRef<Supervisor.Command> supervisor = kit.spawn(Supervisor.create(TestRun.house(run)));
        FakeNode node = new FakeNode(kit, supervisor, "a", 1);
        ActorRef<ResultLedger.Command> ledger = node.joins().ledger();
        ActorRef<Newsroom.Command> newsroom = newsroom();
        newsroom.tell(new Newsroom.Subscribe(news.getRef()));
        await(Newsroom.NodeJoined.class, joined -> joined.node().equals("a"));

        supervisor.tell(new Supervisor.Submit("config", kit.system().ignoreRef()));
        assertThat(await(Newsroom.RunChanged.class, changed -> true))
                .isEqualTo(new Newsroom.RunChanged("run", "running"));
        assertThat(await(Newsroom.JobPlaced.class, placed -> true))
                .isEqualTo(new Newsroom.JobPlaced("run", "topk", 0, "a"));
        assertThat(await(Newsroom.JobChanged.class, state("running")).node()).isEqualTo("a");
        FakeNode.Attempt attempt = node.placed(1).get("topk");
        attempt.starts(0, 1);
        attempt.writes(30, Judgement.SCHEDULED);
        assertThat(await(Newsroom.CheckpointKept.class, kept -> true).step()).isEqualTo(30);
        ledger.tell(new ResultLedger.Record(
                new ResultLedger.Judged("run", "topk", 30, Judgement.SCHEDULED, "", Map.of("core.l0", 3.0)),
                kit.createTestProbe(ResultLedger.Recorded.class).getRef()));
        assertThat(await(Newsroom.Evaluated.class, judged -> true).judged().headline())
                .containsEntry("core.l0", 3.0);
        attempt.finishes();
        assertThat(await(Newsroom.JobChanged.class, state("done")).node()).isEmpty();
        await(Newsroom.RunChanged.class, changed -> changed.state().equals("done"));

        TestProbe<Newsroom.News> late = kit.createTestProbe(Newsroom.News.class);
        newsroom.tell(new Newsroom.Subscribe(late.getRef()));
        assertThat(late.receiveSeveralMessages(3, WAIT))
                .contains(new Newsroom.NodeJoined("a"), new Newsroom.RunChanged("run", "done"))
                .anyMatch(one -> one instanceof Newsroom.JobChanged changed
                        && state("done").test(changed));
        late.expectNoMessage();
    }

    @Test
    void nextSupervisor_tellsHowItsRunsStand() {
        RunConfig run = TestRun.of(folder, List.of(), TestRun.supervision(1), "topk");
        ActorRef<Supervisor.Command> supervisor = kit.spawn(Supervisor.create(TestRun.house(run)));
        new FakeNode(kit, supervisor, "a", 1).joins();
        supervisor.tell(new Supervisor.Submit("config", kit.system().ignoreRef()));
        newsroom().tell(new Newsroom.Subscribe(news.getRef()));
        await(Newsroom.JobChanged.class, state("running"));
        kit.stop(supervisor);

        ActorRef<Supervisor.Command> next = kit.spawn(Supervisor.create(TestRun.house(run)));
        new FakeNode(kit, next, "a", 1).joins();
        TestProbe<Newsroom.News> late = kit.createTestProbe(Newsroom.News.class);
        newsroom().tell(new Newsroom.Subscribe(late.getRef()));
        List<Newsroom.News> told = new ArrayList<>();
        while (told.stream().noneMatch(Newsroom.JobChanged.class::isInstance)) {
            told.add(late.receiveMessage(WAIT));
        }
        assertThat(told).contains(new Newsroom.RunChanged("run", "running"));
    }
}
