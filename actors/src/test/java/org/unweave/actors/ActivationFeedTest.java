package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.Mat;

/**
 * Level jobs share a batch that is read once, nobody runs further ahead than the window, who is behind or away holds
 * nobody back, memory is bounded, and a batch stays as it is while it is lent.
 */
class ActivationFeedTest {
    private static final int WINDOW = 3;

    private final List<Long> read = new ArrayList<>();
    private final Set<Mat> mats = Collections.newSetFromMap(new IdentityHashMap<>());
    private final BehaviorTestKit<ActivationFeed.Command> feed =
            BehaviorTestKit.create(ActivationFeed.create(this::read, 2, 3, WINDOW));

    private void read(long batch, Mat outBD) {
        read.add(batch);
        mats.add(outBD);
        outBD.fill(batch);
    }

    /** A job that asks for one batch after another. */
    private final class Job {
        private final String name;
        private final TestInbox<ActivationFeed.Reply> inbox = TestInbox.create();

        private Job(String name) {
            this.name = name;
        }

        private void asks(long batch, long done) {
            asks(batch, done, 0);
        }

        private void asks(long batch, long done, long ticket) {
            feed.run(new ActivationFeed.Next(name, batch, done, ticket, inbox.getRef()));
        }

        private void gives(long done) {
            feed.run(new ActivationFeed.GiveBack(name, done));
        }

        private void leaves() {
            feed.run(new ActivationFeed.Leave(name));
        }

        private Mat gets(long batch) {
            assertThat(inbox.receiveMessage()).isInstanceOfSatisfying(ActivationFeed.BatchReady.class, ready -> {
                assertThat(ready.batch()).isEqualTo(batch);
                lent = ready.rowsBD();
            });
            assertThat(lent.toArray()).containsOnly(batch);
            return lent;
        }

        private Mat lent = Mat.zeros(1, 1);

        /** Makes all updates up to a batch, one after the other. */
        private void works(long from, long to) {
            for (long batch = from; batch < to; batch++) {
                asks(batch, batch);
                gets(batch);
            }
            gives(to);
        }

        private void waits() {
            assertThat(inbox.hasMessages()).isFalse();
        }
    }

    private final Job first = new Job("first");
    private final Job second = new Job("second");
    private final Job third = new Job("third");

    @Test
    void batch_isReadOnceForAllLevelJobs() {
        List<Job> jobs = List.of(first, second, third);
        for (long batch = 0; batch < 20; batch++) {
            for (Job job : jobs) {
                job.asks(batch, batch);
            }
            Mat lent = first.gets(batch);
            assertThat(second.gets(batch)).isSameAs(lent);
            assertThat(third.gets(batch)).isSameAs(lent);
        }
        assertThat(read).containsExactlyElementsOf(numbers(0, 20));
        assertThat(mats).hasSizeLessThanOrEqualTo(WINDOW);
    }

    @Test
    void fastJob_isHeldBackByTheWindow_untilTheSlowOneGoesOn() {
        second.asks(0, 0);
        second.gets(0);
        first.works(0, WINDOW);
        first.asks(WINDOW, WINDOW);
        first.waits();
        second.asks(1, 1);
        first.gets(WINDOW);
        second.gets(1);
        assertThat(read).containsExactlyElementsOf(numbers(0, WINDOW + 1));
        assertThat(mats).hasSizeLessThanOrEqualTo(WINDOW + 1);
    }

    @Test
    void jobThatOnlyGivesBack_letsTheOthersGoOn() {
        second.asks(0, 0);
        second.gets(0);
        first.works(0, WINDOW);
        first.asks(WINDOW, WINDOW);
        first.waits();
        second.gives(1);
        first.gets(WINDOW);
    }

    @Test
    void jobThatLeaves_releasesTheOthers_withBatchesInFlight() {
        second.asks(0, 0);
        second.asks(1, 0);
        second.asks(WINDOW, 0);
        second.gets(0);
        first.works(0, WINDOW);
        first.asks(WINDOW, WINDOW);
        first.waits();
        second.gets(1);
        second.leaves();
        first.gets(WINDOW);
        second.waits();
        first.works(WINDOW + 1, 20);
        assertThat(mats).hasSizeLessThanOrEqualTo(WINDOW + 1);
    }

    @Test
    void lateJob_holdsNobodyBack_andJoinsWhenItIsLevel() {
        first.works(0, 10);
        first.asks(10, 10);
        first.gets(10);
        second.asks(0, 0);
        second.gets(0);
        first.works(11, 15);
        first.asks(15, 15);
        first.gets(15);
        read.clear();
        second.works(0, 15);
        assertThat(read).as("read for the late job alone").containsExactlyElementsOf(numbers(1, 15));
        second.asks(15, 15);
        assertThat(second.gets(15)).isSameAs(first.lent);
        first.works(16, 15 + WINDOW);
        first.asks(15 + WINDOW, 15 + WINDOW);
        first.waits();
        second.asks(16, 16);
        first.gets(15 + WINDOW);
        assertThat(mats).hasSizeLessThanOrEqualTo(WINDOW + 2);
    }

    @Test
    void lateJob_takesWhatIsThereAlready() {
        third.asks(4, 4);
        third.gets(4);
        first.asks(6, 4);
        Mat lent = first.gets(6);
        second.asks(6, 3);
        assertThat(second.gets(6)).isSameAs(lent);
        assertThat(read).containsExactly(4L, 6L);
    }

    @Test
    void ticket_comesBackWithTheBatch() {
        first.asks(0, 0, 7);
        first.asks(1, 0, 8);
        assertThat(first.inbox.receiveMessage().ticket()).isEqualTo(7);
        assertThat(first.inbox.receiveMessage().ticket()).isEqualTo(8);
    }

    @Test
    void lentBatch_isNotOverwritten() {
        first.asks(0, 0);
        Mat lent = first.gets(0);
        second.works(0, WINDOW);
        third.asks(0, 0);
        third.leaves();
        second.leaves();
        second.works(0, WINDOW);
        assertThat(lent.toArray()).containsOnly(0);
        first.asks(1, 1);
        first.gets(1);
    }

    @Test
    void batchThatCannotBeRead_isItsReadersFailureAlone() {
        List<Long> broken = new ArrayList<>(List.of(1L));
        BehaviorTestKit<ActivationFeed.Command> failing = BehaviorTestKit.create(ActivationFeed.create(
                (batch, outBD) -> {
                    if (broken.remove(batch)) {
                        throw new IllegalStateException("the disk is gone");
                    }
                    read(batch, outBD);
                },
                2,
                3,
                WINDOW));
        TestInbox<ActivationFeed.Reply> inbox = TestInbox.create();
        failing.run(new ActivationFeed.Next("job", 0, 0, 5, inbox.getRef()));
        failing.run(new ActivationFeed.Next("job", 1, 0, 5, inbox.getRef()));
        assertThat(inbox.receiveMessage()).isInstanceOf(ActivationFeed.BatchReady.class);
        assertThat(inbox.receiveMessage())
                .isEqualTo(new ActivationFeed.BatchFailed(1, 5, "java.lang.IllegalStateException: the disk is gone"));
        failing.run(new ActivationFeed.Next("job", 1, 0, 6, inbox.getRef()));
        assertThat(inbox.receiveMessage()).isInstanceOf(ActivationFeed.BatchReady.class);
    }

    @Test
    void errorWhileABatchIsRead_isItsReadersFailureToo_andTheFeedLives() {
        BehaviorTestKit<ActivationFeed.Command> failing = BehaviorTestKit.create(ActivationFeed.create(
                (batch, outBD) -> {
                    throw new InternalError("the shard was cut short");
                },
                2,
                3,
                WINDOW));
        TestInbox<ActivationFeed.Reply> inbox = TestInbox.create();
        failing.run(new ActivationFeed.Next("job", 0, 0, 5, inbox.getRef()));
        assertThat(inbox.receiveMessage())
                .isEqualTo(new ActivationFeed.BatchFailed(0, 5, "java.lang.InternalError: the shard was cut short"));
        assertThat(failing.isAlive()).isTrue();
    }

    private static List<Long> numbers(long from, long to) {
        List<Long> numbers = new ArrayList<>();
        for (long number = from; number < to; number++) {
            numbers.add(number);
        }
        return numbers;
    }
}
