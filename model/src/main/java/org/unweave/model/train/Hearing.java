package org.unweave.model.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.ExchangeConfig;
import org.unweave.config.JobConfig;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.ExchangeRecord;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.State;

/**
 * Decides what a job hears of what it is told, and before which update.
 *
 * <p>Where a run is to be repeatable, that is fixed: the others' statistics of an update are heard one period later, the
 * attribution of a checkpoint a share of the run later, and the job waits for what is not there yet. Otherwise the newest
 * is heard when it comes. In a replay the record of another run says what is heard, and what is told now is not.
 *
 * <p>What is older than what was heard of the same job is dropped; so is what cannot be of this job.
 */
public final class Hearing {
    private static final Logger LOG = LoggerFactory.getLogger(Hearing.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What a job may hear.
     *
     * @param peers the other jobs of the run that tell their statistics
     * @param replay what it is to hear, in place of what it is told, and how it is changed; null where it hears what it is
     *     told
     */
    public record Plan(
            ExchangeConfig config,
            List<String> peers,
            @Nullable Replay replay) {
        /** Of a job that hears nothing. */
        public static final Plan NONE = new Plan(new ExchangeConfig(1, true, 0, ""), List.of(), null);

        public Plan {
            peers = List.copyOf(peers);
        }
    }

    /** What a job of another run has heard, and the changes that it has made, each before which update. */
    public record Replay(List<ExchangeRecord.Heard> heard, List<JobChange> changes) {
        public Replay {
            heard = List.copyOf(heard);
            changes = List.copyOf(changes);
        }

        /** What a state of that job has of it. */
        public static Replay of(State state) {
            return new Replay(ExchangeRecord.of(state), ChangeRecord.of(state));
        }
    }

    private final Plan plan;
    private final JobConfig job;
    private final long delay;
    private final NavigableMap<Long, AttributionSnapshot> snapshots = new TreeMap<>();
    private final Map<String, NavigableMap<Long, EmaStatistics>> statistics = new HashMap<>();
    private final Set<String> silent = new HashSet<>();
    private final Map<String, Long> newest = new HashMap<>();
    private final TreeSet<Long> attributed;

    /**
     * @param attributed updates after which there is a checkpoint that is attributed
     * @param steps updates of the run
     * @param heard what was heard already
     */
    Hearing(Plan plan, JobConfig job, Set<Long> attributed, long steps, List<ExchangeRecord.Heard> heard) {
        this.plan = plan;
        this.job = job;
        this.attributed = new TreeSet<>(job.awaitsAttribution() ? attributed : Set.of());
        this.delay = Math.max(1, Math.round(plan.config().delayShare() * steps));
        heard.forEach(one -> newest.merge(key(one.told()), one.told().step(), Math::max));
    }

    private static String key(Told told) {
        return told.getClass().getSimpleName() + " " + told.job();
    }

    /**
     * Takes what is told.
     *
     * @param step updates of this job so far
     * @return whether it may be heard
     */
    boolean receive(Told told, long step) {
        if (plan.replay() != null || told.step() <= newest.getOrDefault(key(told), -1L)) {
            return false;
        }
        return switch (told) {
            case EmaStatistics one -> {
                boolean wanted = job.poolsStatistics() && plan.peers().contains(one.job());
                if (wanted) {
                    statistics
                            .computeIfAbsent(one.job(), name -> new TreeMap<>())
                            .put(one.step(), one);
                }
                yield wanted;
            }
            case AttributionSnapshot one -> {
                boolean wanted = one.source() == AttributionSnapshot.Source.EVALUATOR
                        && one.job().equals(job.name())
                        && attributed.contains(one.step())
                        && fits(one, step);
                if (wanted) {
                    snapshots.put(one.step(), one);
                }
                yield wanted;
            }
        };
    }

    private boolean fits(AttributionSnapshot snapshot, long step) {
        if (snapshot.features() == 0) {
            LOG.warn(
                    "{} goes on without an attribution of its checkpoint of step {}, which no evaluator could judge",
                    job.name(),
                    snapshot.step());
            return true;
        }
        if (snapshot.features() != job.features()
                || snapshot.top().stream().anyMatch(one -> one.feature() < 0 || one.feature() >= job.features())) {
            LOG.warn(
                    "an attribution of {} at step {} is of {} features, and the job has {}; it is not heard",
                    job.name(),
                    snapshot.step(),
                    snapshot.features(),
                    job.features());
            return false;
        }
        if (snapshot.step() > step) {
            LOG.warn(
                    "an attribution of {} is of step {}, and the job is at {}: it is of another run and not heard",
                    job.name(),
                    snapshot.step(),
                    step);
            return false;
        }
        return true;
    }

    /** What is to be heard before an update is made, after so many, and is not there; empty where nothing is. */
    Optional<String> awaited(long step) {
        if (!fixed()) {
            return Optional.empty();
        }
        OptionalLong attribution = awaitedAttribution(step);
        if (attribution.isPresent()) {
            return Optional.of(
                    "it waits for what an evaluator finds in its checkpoint of step " + attribution.getAsLong());
        }
        List<String> missing = missing(step);
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "it waits for the statistics of " + String.join(", ", missing) + " at step " + toldAt(step));
    }

    private boolean fixed() {
        return plan.config().repeatable() && plan.replay() == null;
    }

    /** The checkpoint whose attribution is awaited before the next update. */
    OptionalLong awaitedAttribution(long step) {
        long of = step - delay;
        return fixed() && attributed.contains(of) && !snapshots.containsKey(of) && !wasHeard(of)
                ? OptionalLong.of(of)
                : OptionalLong.empty();
    }

    private boolean wasHeard(long snapshotStep) {
        return newest.getOrDefault(AttributionSnapshot.class.getSimpleName() + " " + job.name(), -1L) >= snapshotStep;
    }

    private long toldAt(long step) {
        return step - plan.config().everySteps();
    }

    private boolean hearsStatistics(long step) {
        int every = plan.config().everySteps();
        return job.poolsStatistics() && step % every == 0 && step >= 2L * every;
    }

    private List<String> missing(long step) {
        List<String> missing = new ArrayList<>();
        if (hearsStatistics(step)) {
            for (String peer : plan.peers()) {
                if (!silent.contains(peer)
                        && newest.getOrDefault(EmaStatistics.class.getSimpleName() + " " + peer, -1L) < toldAt(step)
                        && !statistics.getOrDefault(peer, new TreeMap<>()).containsKey(toldAt(step))) {
                    missing.add(peer);
                }
            }
        }
        return missing;
    }

    /** Looks in the jobs' folders for statistics that are awaited and were told while nobody listened. */
    void look(Path runFolder, long step) {
        for (String peer : missing(step)) {
            JobFolder folder = new JobFolder(runFolder, peer);
            try {
                if (Files.exists(folder.told())) {
                    for (String line : Files.readAllLines(folder.told())) {
                        receive(ExchangeRecord.heard(line).told(), step);
                    }
                }
                if (missing(step).contains(peer) && isOver(folder)) {
                    LOG.warn("{} tells no more, and {} goes on without its statistics", peer, job.name());
                    silent.add(peer);
                }
            } catch (IOException | IllegalArgumentException torn) {
                LOG.debug("{} cannot be read now", folder.told(), torn); // It is being written; it is looked at again.
            }
        }
    }

    // One that was stopped goes on when the run does, and this job with it.
    private static boolean isOver(JobFolder folder) throws IOException {
        Path state = folder.path().resolve("state.json");
        return Files.exists(state)
                && JSON.readTree(state.toFile()).path("state").asText().equals("failed");
    }

    /** What is heard before an update is made, after so many, in the order of the jobs' names. */
    List<Told> take(long step) {
        List<Told> heard = new ArrayList<>();
        if (plan.replay() != null) {
            plan.replay().heard().stream().filter(one -> one.step() == step).forEach(one -> heard.add(one.told()));
        } else if (fixed()) {
            takeFixed(step, heard);
        } else {
            for (String peer : plan.peers()) {
                NavigableMap<Long, EmaStatistics> told = statistics.remove(peer);
                if (told != null) {
                    heard.add(told.lastEntry().getValue());
                }
            }
            if (!snapshots.isEmpty()) {
                heard.add(snapshots.lastEntry().getValue());
                snapshots.clear();
            }
        }
        heard.forEach(one -> newest.merge(key(one), one.step(), Math::max));
        return heard;
    }

    private void takeFixed(long step, List<Told> heard) {
        if (hearsStatistics(step)) {
            for (String peer : plan.peers()) {
                NavigableMap<Long, EmaStatistics> told = statistics.getOrDefault(peer, new TreeMap<>());
                EmaStatistics one = told.get(toldAt(step));
                if (one != null) {
                    heard.add(one);
                }
                told.headMap(toldAt(step), true).clear();
            }
        }
        AttributionSnapshot snapshot = attributed.contains(step - delay) ? snapshots.remove(step - delay) : null;
        if (snapshot != null) {
            heard.add(snapshot);
        }
    }

    /** The checkpoints whose attribution was not heard yet. */
    Set<Long> unheard(long step) {
        return new HashSet<>(
                attributed.stream().filter(one -> one <= step && !wasHeard(one)).toList());
    }
}
