package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes train and judge the jobs of a run, and any of them is killed at any moment: the run ends by itself, with the
 * bits of a run in one process, each checkpoint judged once.
 *
 * <p>The property {@code unweave.kills} says how often a node is killed. In turn it is one that judges a checkpoint at
 * that moment, the supervisor's, and one that trains.
 */
class NodeLossTest {
    private static final int USUAL_KILLS = 3;
    private static final int KILLS = Integer.getInteger("unweave.kills", USUAL_KILLS);
    private static final DisturbedRun.Size SIZE = KILLS == USUAL_KILLS
            ? DisturbedRun.Size.USUAL
            : new DisturbedRun.Size(1000 * (KILLS + 1), 250, KILLS + 1, 32, 256, 900);
    // Half of the updates are kept for the looks for a node that judges, during which the jobs go on.
    private static final int STEPS_A_KILL = SIZE.steps() / (2 * KILLS);
    private static final Random RANDOM = new Random(29);

    /** For what a node is killed, in turn; it may do more than that. */
    private enum Duty {
        JUDGES,
        SUPERVISES,
        TRAINS
    }

    @TempDir
    private Path folder;

    private final Map<Duty, Integer> killed = new EnumMap<>(Duty.class);
    private final Set<String> held = new HashSet<>();
    private String kept = "";

    @Test
    void anyNode_isKilledAtAnyMoment_andTheRunEndsWithTheBitsOfOneProcess() throws IOException, InterruptedException {
        DisturbedRun run = DisturbedRun.make(SIZE);
        try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"), run.cache(), 3)) {
            try (RunProcess submit = run.submit(cluster, cluster.nodes().getLast())) {
                for (int kill = 0; kill < KILLS; kill++) {
                    Duty duty = Duty.values()[kill % Duty.values().length];
                    if (duty == Duty.JUDGES) {
                        keep(
                                submit,
                                cluster,
                                DisturbedRun.JOBS.get(kill / Duty.values().length % DisturbedRun.JOBS.size()));
                    }
                    int step = (kill + 1) * STEPS_A_KILL - RANDOM.nextInt(STEPS_A_KILL / 2);
                    int next = (kill + 2) * STEPS_A_KILL;
                    submit.await(() -> {
                        cluster.startEnded();
                        holdBack(cluster, next);
                        return leastStep(cluster) >= step;
                    });
                    TestCluster.Node victim = duty == Duty.TRAINS
                            ? awaitTrainer(submit, cluster)
                            : awaitVictim(submit, cluster, duty, next);
                    victim.kill();
                    killed.merge(duty, 1, Integer::sum);
                }
                kept = "";
                submit.await(() -> {
                    cluster.startEnded();
                    holdBack(cluster, SIZE.steps());
                    return false;
                });
                assertThat(submit.end()).as(submit + cluster.logs()).isZero();
                assertThat(submit.out()).contains("Results of run");
            }
            run.assertSameBits(cluster);
        }
        System.out.println(KILLS + " nodes were killed, by what they did then: " + killed);
    }

    /** Pauses a job until a node is killed for training it: so the run is not over before, whatever becomes of the others. */
    private void keep(RunProcess submit, TestCluster cluster, String job) throws InterruptedException {
        kept = job;
        if (!held.contains(job)) {
            awaitTold(submit, cluster, "pause");
            held.add(job);
        }
    }

    private void awaitTold(RunProcess submit, TestCluster cluster, String word) throws InterruptedException {
        submit.await(() -> {
            cluster.startEnded();
            return DisturbedRun.tell(cluster, anyNode(cluster), word, kept).exitCode() == 0;
        });
        assertThat(submit.alive()).as(submit + cluster.logs()).isTrue();
    }

    private static TestCluster.Node anyNode(TestCluster cluster) {
        return cluster.nodes().get(RANDOM.nextInt(cluster.nodes().size()));
    }

    /** The step that the jobs have come to which go on. */
    private int leastStep(TestCluster cluster) {
        return DisturbedRun.JOBS.stream()
                .filter(job -> !job.equals(kept))
                .mapToInt(job -> DisturbedRun.step(cluster, job))
                .min()
                .orElse(0);
    }

    /** Has the job that was kept go on, and waits until it has: the node that trains it. */
    private TestCluster.Node awaitTrainer(RunProcess submit, TestCluster cluster) throws InterruptedException {
        String job = kept;
        int step = DisturbedRun.step(cluster, job) + 1 + RANDOM.nextInt(STEPS_A_KILL / 2);
        awaitTold(submit, cluster, "resume");
        held.remove(job);
        kept = "";
        submit.catchMoment(() -> {
            cluster.startEnded();
            return DisturbedRun.step(cluster, job) >= step;
        });
        assertThat(submit.alive()).as(submit + cluster.logs()).isTrue();
        return Placements.of(cluster).newest(job).orElseThrow().node();
    }

    /** Pauses the jobs that are beyond a step, so that the run is not over before the kills are, and has the others go on. */
    private void holdBack(TestCluster cluster, int step) {
        for (String job : DisturbedRun.JOBS) {
            if (job.equals(kept)) {
                continue;
            }
            int at = DisturbedRun.step(cluster, job);
            boolean hold = at > step && at < SIZE.steps();
            TestCluster.Node node = anyNode(cluster);
            // A command that nobody takes, as there is no supervisor, is given again.
            if (hold != held.contains(job)
                    && DisturbedRun.tell(cluster, node, hold ? "pause" : "resume", job)
                                    .exitCode()
                            == 0) {
                if (hold) {
                    held.add(job);
                } else {
                    held.remove(job);
                }
            }
        }
    }

    private TestCluster.Node awaitVictim(RunProcess submit, TestCluster cluster, Duty duty, int next)
            throws InterruptedException {
        List<TestCluster.Node> found = new ArrayList<>();
        submit.catchMoment(() -> {
            cluster.startEnded();
            // Where all are held back, there is soon nothing to judge.
            boolean goOn = duty == Duty.JUDGES && DisturbedRun.evaluationsLeft(cluster) == 0;
            holdBack(cluster, goOn ? Math.max(next, leastStep(cluster) + STEPS_A_KILL) : next);
            Map<TestCluster.Node, Set<Duty>> duties = duties(cluster);
            cluster.nodes().stream()
                    .filter(node -> duties.getOrDefault(node, Set.of()).contains(duty))
                    .forEach(found::add);
            return !found.isEmpty();
        });
        assertThat(found)
                .as("nodes with the duty " + duty + "\n" + submit + cluster.logs())
                .isNotEmpty();
        return found.get(RANDOM.nextInt(found.size()));
    }

    /** What each node does now, as far as the supervisor knows. */
    private static Map<TestCluster.Node, Set<Duty>> duties(TestCluster cluster) {
        Map<TestCluster.Node, Set<Duty>> duties = new HashMap<>();
        JsonNode status = cluster.status(anyNode(cluster));
        for (JsonNode line : status.path("nodes")) {
            Set<Duty> some = EnumSet.noneOf(Duty.class);
            if (line.path("judging").asInt() > 0) {
                some.add(Duty.JUDGES);
            }
            duties.put(cluster.node(line.path("name").asText()), some);
        }
        // Without an answer there is none, or it is on its way.
        if (!duties.isEmpty()) {
            duties.computeIfAbsent(cluster.supervisor(), node -> EnumSet.noneOf(Duty.class))
                    .add(Duty.SUPERVISES);
        }
        return duties;
    }
}
