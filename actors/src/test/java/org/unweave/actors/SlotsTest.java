package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A slot has one holder at a time, goes round in the order of asking, and is not lost with a holder that dies. */
class SlotsTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration SHORT = Duration.ofMillis(200);

    private enum Die {
        INSTANCE
    }

    /** Asks through a message adapter, as trainers do, and passes on what it is lent. */
    private static Behavior<Object> holder(ActorRef<Slots.Command> slots, ActorRef<Slots.Lease> watcher) {
        return Behaviors.setup(context -> {
            slots.tell(new Slots.Request(context.messageAdapter(Slots.Lease.class, lease -> lease)));
            return Behaviors.receive(Object.class)
                    .onMessage(Slots.Lease.class, lease -> {
                        watcher.tell(lease);
                        return Behaviors.same();
                    })
                    .onMessage(Die.class, die -> Behaviors.stopped())
                    .build();
        });
    }

    private final List<TestProbe<Slots.Lease>> probes = Stream.generate(() -> KIT.createTestProbe(Slots.Lease.class))
            .limit(3)
            .toList();
    private final TestProbe<Slots.Lease> first = probes.get(0);
    private final TestProbe<Slots.Lease> second = probes.get(1);
    private final TestProbe<Slots.Lease> third = probes.get(2);

    @AfterAll
    static void shutDown() {
        KIT.shutdownTestKit();
    }

    private static void request(ActorRef<Slots.Command> slots, TestProbe<Slots.Lease> probe) {
        slots.tell(new Slots.Request(probe.getRef()));
    }

    @Test
    void slot_isLentInTheOrderOfAsking() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1));
        probes.forEach(probe -> request(slots, probe));
        for (TestProbe<Slots.Lease> probe : probes) {
            Slots.Lease lease = probe.receiveMessage();
            assertThat(lease.holder()).isEqualTo(probe.getRef());
            probes.forEach(other -> other.expectNoMessage(Duration.ZERO));
            slots.tell(new Slots.Return(lease));
        }
    }

    @Test
    void slots_areLentToAsManyAsThereAre() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(2));
        probes.forEach(probe -> request(slots, probe));
        Slots.Lease one = first.receiveMessage();
        Slots.Lease two = second.receiveMessage();
        third.expectNoMessage(SHORT);
        assertThat(List.of(one.slot(), two.slot())).containsExactlyInAnyOrder(0, 1);
        slots.tell(new Slots.Return(two));
        assertThat(third.receiveMessage().slot()).isEqualTo(two.slot());
    }

    @Test
    void use_isWhatIsLentAndWhoWaits() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1, List.of(3)));
        TestProbe<Slots.Use> uses = KIT.createTestProbe(Slots.Use.class);
        request(slots, first);
        request(slots, second);
        slots.tell(new Slots.GetUse(uses.getRef()));
        assertThat(uses.receiveMessage().seats())
                .containsExactly(new Slots.SeatUse("cpu", 1, 1, 1, 1), new Slots.SeatUse("cuda:3", 1, 0, 0, 0));

        slots.tell(new Slots.Return(first.receiveMessage()));
        second.receiveMessage();
        slots.tell(new Slots.GetUse(uses.getRef()));
        assertThat(uses.receiveMessage().seats()).contains(new Slots.SeatUse("cpu", 1, 1, 0, 2));
    }

    @Test
    void card_hasOneHolder_whateverElseIsFree() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(2, List.of(0, 3)));
        slots.tell(new Slots.Request(Seat.card(3), first.getRef()));
        slots.tell(new Slots.Request(Seat.card(3), second.getRef()));
        slots.tell(new Slots.Request(Seat.card(0), third.getRef()));
        Slots.Lease lease = first.receiveMessage();
        assertThat(lease.seat()).isEqualTo(Seat.card(3));
        assertThat(third.receiveMessage().seat()).isEqualTo(Seat.card(0));
        second.expectNoMessage(SHORT);
        slots.tell(new Slots.Return(lease));
        assertThat(second.receiveMessage().seat()).isEqualTo(Seat.card(3));
    }

    @Test
    void cpu_isLentWhileCardsAreNot() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1, List.of(0)));
        slots.tell(new Slots.Request(Seat.card(0), first.getRef()));
        first.receiveMessage();
        request(slots, second);
        assertThat(second.receiveMessage().seat()).isEqualTo(Seat.CPU);
    }

    @Test
    void deadHoldersCard_goesToTheNext() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1, List.of(0)));
        TestProbe<Slots.Lease> dying = KIT.createTestProbe(Slots.Lease.class);
        slots.tell(new Slots.Request(Seat.card(0), dying.getRef()));
        dying.receiveMessage();
        slots.tell(new Slots.Request(Seat.card(0), second.getRef()));
        dying.stop();
        assertThat(second.receiveMessage().seat()).isEqualTo(Seat.card(0));
    }

    @Test
    void cardThatIsNotLent_givesNothing() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1, List.of(0)));
        slots.tell(new Slots.Request(Seat.card(1), first.getRef()));
        first.expectNoMessage(SHORT);
        request(slots, first);
        assertThat(first.receiveMessage().seat()).isEqualTo(Seat.CPU);
    }

    @Test
    void holder_thatAsksAgain_getsNoSecondSlot() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(2));
        request(slots, first);
        Slots.Lease lease = first.receiveMessage();
        request(slots, first);
        first.expectNoMessage(SHORT);
        slots.tell(new Slots.Return(lease));
        request(slots, first);
        first.receiveMessage();
    }

    @Test
    void waiter_thatAsksTwice_isServedOnce() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1));
        request(slots, first);
        request(slots, second);
        request(slots, second);
        request(slots, third);
        slots.tell(new Slots.Return(first.receiveMessage()));
        slots.tell(new Slots.Return(second.receiveMessage()));
        third.receiveMessage();
        second.expectNoMessage(SHORT);
    }

    @Test
    void deadHoldersSlot_goesToTheNext() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1));
        ActorRef<Object> holder = KIT.spawn(holder(slots, first.getRef()));
        Slots.Lease lease = first.receiveMessage();
        request(slots, second);
        second.expectNoMessage(SHORT);
        holder.tell(Die.INSTANCE);
        assertThat(second.receiveMessage().slot()).isEqualTo(lease.slot());
    }

    @Test
    void deadWaiter_isPassedOver() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1));
        request(slots, first);
        Slots.Lease lease = first.receiveMessage();
        ActorRef<Object> waiter = KIT.spawn(holder(slots, third.getRef()));
        TestProbe<Object> deaths = KIT.createTestProbe();
        waiter.tell(Die.INSTANCE);
        deaths.expectTerminated(waiter, TestRun.LONG);
        request(slots, second);
        slots.tell(new Slots.Return(lease));
        second.receiveMessage();
        third.expectNoMessage(Duration.ZERO);
    }

    @Test
    void holder_thatDiesAfterItReturned_takesNothingAlong() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1));
        ActorRef<Object> holder = KIT.spawn(holder(slots, first.getRef()));
        slots.tell(new Slots.Return(first.receiveMessage()));
        request(slots, second);
        Slots.Lease lease = second.receiveMessage();
        holder.tell(Die.INSTANCE);
        KIT.createTestProbe().expectTerminated(holder, TestRun.LONG);
        request(slots, third);
        third.expectNoMessage(SHORT);
        slots.tell(new Slots.Return(lease));
        third.receiveMessage();
    }

    @Test
    void leaseReturnedTwice_freesNoSecondSlot() {
        ActorRef<Slots.Command> slots = KIT.spawn(Slots.create(1));
        request(slots, first);
        Slots.Lease lease = first.receiveMessage();
        slots.tell(new Slots.Return(lease));
        request(slots, second);
        second.receiveMessage();
        slots.tell(new Slots.Return(lease));
        request(slots, third);
        third.expectNoMessage(SHORT);
    }
}
