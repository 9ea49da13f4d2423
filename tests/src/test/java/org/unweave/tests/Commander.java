package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;

/**
 * One of those who command a run: gives commands to jobs of its own, which nobody else commands, one after another, and keeps
 * what was answered. Whatever is not answered as it must be is an {@link AssertionError}.
 */
final class Commander implements AutoCloseable {
    /** What was given and how it was answered. */
    static final class Tally {
        int pauses;
        int resumes;
        int checkpoints;
        int statuses;
        // A pause of what is paused, and commands to a job that was done meanwhile.
        int refused;

        int all() {
            return pauses + resumes + checkpoints + statuses + refused;
        }

        void add(Tally other) {
            pauses += other.pauses;
            resumes += other.resumes;
            checkpoints += other.checkpoints;
            statuses += other.statuses;
            refused += other.refused;
        }

        @Override
        public String toString() {
            return pauses + " pauses, " + resumes + " resumes, " + checkpoints + " checkpoints, " + statuses
                    + " questions, " + refused + " refused";
        }
    }

    private static final int REFUSED = 409;

    private final ControlClient client;
    private final String run;
    private final int jobsOfRun;
    private final List<String> own;
    private final long restFromStep;
    private final Random random;
    private final Set<String> paused = new HashSet<>();
    private final Set<String> done = new HashSet<>();
    private final Map<String, Long> steps = new HashMap<>();
    private final Tally tally = new Tally();

    /**
     * @param own the jobs that it commands
     * @param restFromStep a job that is known to be as far is not resumed any more, so that it does not end too early
     */
    Commander(ControlClient client, String run, int jobsOfRun, List<String> own, long restFromStep, long seed) {
        this.client = client;
        this.run = run;
        this.jobsOfRun = jobsOfRun;
        this.own = List.copyOf(own);
        this.restFromStep = restFromStep;
        this.random = new Random(seed);
    }

    /** One message; gives the milliseconds until it was answered. */
    double command() {
        String job = own.get(random.nextInt(own.size()));
        long start = System.nanoTime();
        double kind = random.nextDouble();
        if (kind < 0.3 || done.contains(job)) {
            ask();
        } else if (kind < 0.4) {
            tally.checkpoints += taken(job, "checkpoint");
        } else if (!paused.contains(job)) {
            pause(job);
        } else if (kind < 0.45 || rests(job)) {
            refusePause(job);
        } else {
            resume(job);
        }
        return (System.nanoTime() - start) / 1e6;
    }

    private boolean rests(String job) {
        return paused.contains(job) && steps.getOrDefault(job, 0L) >= restFromStep;
    }

    private void pause(String job) {
        int taken = taken(job, "pause");
        tally.pauses += taken;
        if (taken > 0) {
            paused.add(job);
        }
    }

    private void refusePause(String job) {
        assertThat(taken(job, "pause")).as("a second pause of " + job).isZero();
    }

    private void resume(String job) {
        int taken = taken(job, "resume");
        tally.resumes += taken;
        paused.remove(job);
    }

    /** Has all that it has paused go on. */
    void resumePaused() {
        Set.copyOf(paused).forEach(this::resume);
    }

    /** 1 if the command was taken, 0 if it was refused as it must be. */
    private int taken(String job, String word) {
        try {
            JsonNode answer = client.post(
                    "/api/v1/runs/" + run + "/jobs/" + job + "/" + word, JsonNodeFactory.instance.objectNode());
            assertThat(answer.path("taken").asBoolean()).as(word + " " + job).isTrue();
            return 1;
        } catch (ControlException refusal) {
            assertThat(refusal.status()).as(word + " " + job + ": " + refusal).isEqualTo(REFUSED);
            if (refusal.getMessage().contains(job + " is done")
                    || refusal.getMessage().contains("the run " + run + " is over")) {
                done.add(job);
            } else {
                assertThat(word).as(refusal.toString()).isEqualTo("pause");
                assertThat(paused).as(refusal.toString()).contains(job);
            }
            tally.refused++;
            return 0;
        }
    }

    private void ask() {
        JsonNode status = client.get("/api/v1/runs/" + run);
        assertThat(status.path("jobs").size()).as(status.toString()).isEqualTo(jobsOfRun);
        for (JsonNode job : status.path("jobs")) {
            String name = job.path("job").asText();
            if (own.contains(name)) {
                // Answers come in the order of the questions, and no job goes back.
                assertThat(job.path("step").asLong()).as(name).isGreaterThanOrEqualTo(steps.getOrDefault(name, 0L));
                steps.put(name, job.path("step").asLong());
            }
        }
        tally.statuses++;
    }

    Set<String> paused() {
        return paused;
    }

    Tally tally() {
        return tally;
    }

    @Override
    public void close() {
        client.close();
    }
}
