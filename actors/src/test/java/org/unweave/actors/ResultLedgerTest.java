package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.unweave.eval.Judgement;

/** Whoever subscribes hears of every outcome, of those before it too; who enters one is told that it is entered. */
class ResultLedgerTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SHORT = Duration.ofMillis(200);

    private final ActorRef<ResultLedger.Command> ledger = KIT.spawn(ResultLedger.create());
    private final TestProbe<ResultLedger.Recorded> recorded = KIT.createTestProbe(ResultLedger.Recorded.class);
    private final TestProbe<ResultLedger.Judged> subscriber = KIT.createTestProbe(ResultLedger.Judged.class);

    @AfterAll
    static void shutDown() {
        KIT.shutdownTestKit();
    }

    private ResultLedger.Judged enter(String job, long step, Map<String, Double> headline) {
        ResultLedger.Judged judged = new ResultLedger.Judged("run", job, step, Judgement.SCHEDULED, "", headline);
        ledger.tell(new ResultLedger.Record(judged, recorded.getRef()));
        assertThat(recorded.receiveMessage())
                .isEqualTo(new ResultLedger.Recorded("run", job, step, Judgement.SCHEDULED));
        return judged;
    }

    @Test
    void subscriber_hearsOfAllOutcomes_inOrder() {
        ResultLedger.Judged before = enter("topk", 30, Map.of("core.l0", 4.0));
        ledger.tell(new ResultLedger.Subscribe(subscriber.getRef()));
        subscriber.expectMessage(before);
        ResultLedger.Judged after = enter("topk", 60, Map.of("core.l0", 5.0));
        subscriber.expectMessage(after);
        ledger.tell(new ResultLedger.Subscribe(subscriber.getRef()));
        subscriber.expectNoMessage(SHORT);
    }

    @Test
    void outcomeOfReportsThatWereThere_doesNotHideTheirNumbers() {
        ResultLedger.Judged numbers = enter("topk", 30, Map.of("core.l0", 4.0, "probing.accuracy", 0.9));
        enter("topk", 30, Map.of());
        ledger.tell(new ResultLedger.Subscribe(subscriber.getRef()));
        subscriber.expectMessage(numbers);
        subscriber.expectNoMessage(SHORT);
    }

    @Test
    void deadSubscriber_isForgotten() {
        ledger.tell(new ResultLedger.Subscribe(subscriber.getRef()));
        subscriber.stop();
        TestProbe<ResultLedger.Judged> other = KIT.createTestProbe(ResultLedger.Judged.class);
        ledger.tell(new ResultLedger.Subscribe(other.getRef()));
        other.expectMessage(enter("topk", 30, Map.of()));
    }
}
