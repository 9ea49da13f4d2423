package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.model.math.Mat;

/**
 * Whatever jobs do in whatever order, the feed serves those requests that a model of one rule says, lends nothing that
 * changes meanwhile, and keeps no more than the window and what each job holds.
 */
class ActivationFeedModelTest {
    private static final int JOBS = 4;
    private static final int MOVES = 400;
    private static final int SEEDS = 60;
    /** Batches that a job asks for at once. */
    private static final int AHEAD = 2;

    private final Set<Mat> mats = Collections.newSetFromMap(new IdentityHashMap<>());

    private void read(long batch, Mat outBD) {
        mats.add(outBD);
        outBD.fill(batch);
    }

    /** A job as it sees itself, and what the model thinks of it. */
    private static final class Job {
        private final int number;
        private final TestInbox<ActivationFeed.Reply> inbox = TestInbox.create();
        private final TreeMap<Long, Mat> lent = new TreeMap<>();
        private final List<Long> waiting = new ArrayList<>();
        private boolean there;
        private boolean level;
        private long position;
        private long requested;
        private long ticket;

        private Job(int number) {
            this.number = number;
        }

        private String name() {
            return "job-" + number;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void feed_doesAsTheModel(int window) {
        for (long seed = 0; seed < SEEDS; seed++) {
            mats.clear();
            play(window, new SplittableRandom(seed), "window " + window + ", seed " + seed);
        }
    }

    private void play(int window, SplittableRandom random, String game) {
        BehaviorTestKit<ActivationFeed.Command> feed =
                BehaviorTestKit.create(ActivationFeed.create(this::read, 1, 5, window));
        List<Job> jobs = new ArrayList<>();
        for (int number = 0; number < JOBS; number++) {
            jobs.add(new Job(number));
        }
        for (int move = 0; move < MOVES; move++) {
            Job job = jobs.get(random.nextInt(JOBS));
            if (!job.there) {
                join(job, random);
                ask(feed, jobs, job);
            } else if (random.nextInt(25) == 0) {
                leave(feed, job);
            } else if (job.lent.containsKey(job.position)) {
                update(job);
                ask(feed, jobs, job);
            }
            String moment = game + ", move " + move;
            receive(jobs, moment);
            expectModel(jobs, window, moment);
            assertThat(mats).as(moment).hasSizeLessThanOrEqualTo(window + AHEAD * JOBS);
        }
        assertThat(jobs.stream().mapToLong(job -> job.position).max().orElseThrow())
                .as(game)
                .isGreaterThan(10);
    }

    // A job comes back where it was, or at an earlier checkpoint.
    private static void join(Job job, SplittableRandom random) {
        job.there = true;
        job.level = false;
        job.ticket++;
        job.position = random.nextBoolean() ? job.position : job.position / 2;
        job.requested = job.position;
    }

    private static void leave(BehaviorTestKit<ActivationFeed.Command> feed, Job job) {
        job.there = false;
        job.lent.clear();
        job.waiting.clear();
        feed.run(new ActivationFeed.Leave(job.name()));
    }

    private static void update(Job job) {
        Mat rowsBD = job.lent.remove(job.position);
        assertThat(rowsBD.toArray()).containsOnly(job.position);
        job.position++;
    }

    private static void ask(BehaviorTestKit<ActivationFeed.Command> feed, List<Job> jobs, Job job) {
        while (job.requested < job.position + AHEAD) {
            job.level |= job.position >= base(jobs);
            job.waiting.add(job.requested);
            feed.run(new ActivationFeed.Next(job.name(), job.requested, job.position, job.ticket, job.inbox.getRef()));
            job.requested++;
        }
    }

    private static long base(List<Job> jobs) {
        return jobs.stream()
                .filter(job -> job.there && job.level)
                .mapToLong(job -> job.position)
                .min()
                .orElse(0);
    }

    private static void receive(List<Job> jobs, String moment) {
        for (Job job : jobs) {
            while (job.inbox.hasMessages()) {
                ActivationFeed.BatchReady ready = (ActivationFeed.BatchReady) job.inbox.receiveMessage();
                if (ready.ticket() == job.ticket && job.there) {
                    assertThat(job.waiting.remove(ready.batch())).as(moment).isTrue();
                    job.lent.put(ready.batch(), ready.rowsBD());
                }
            }
        }
    }

    private static void expectModel(List<Job> jobs, int window, String moment) {
        long base = base(jobs);
        for (Job job : jobs) {
            for (long batch : job.waiting) {
                assertThat(job.level && batch >= base + window)
                        .as("%s: %s waits for %s", moment, job.name(), batch)
                        .isTrue();
            }
            job.lent.forEach((batch, rowsBD) -> assertThat(rowsBD.toArray())
                    .as("%s: %s holds %s", moment, job.name(), batch)
                    .containsOnly(batch));
        }
        boolean anyone = jobs.stream().anyMatch(job -> job.there);
        boolean someoneCanWork = jobs.stream().anyMatch(job -> job.there && job.lent.containsKey(job.position));
        assertThat(someoneCanWork).as(moment).isEqualTo(anyone);
    }
}
