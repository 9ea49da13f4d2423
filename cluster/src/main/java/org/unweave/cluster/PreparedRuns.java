package org.unweave.cluster;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.Behavior;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.ActivationFeed;
import org.unweave.actors.NodeRuns;
import org.unweave.actors.Seat;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judge;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.train.TrainJob;

/** The runs of a node, each prepared when its first job or checkpoint comes. What cannot be prepared is tried again then. */
final class PreparedRuns implements NodeRuns, AutoCloseable {
    private static final class Entry {
        private volatile RunConfig config;
        private volatile String text;
        private volatile List<String> files;
        private @Nullable PreparedRun prepared;

        private Entry(RunConfig config, String text, List<String> files) {
            this.config = config;
            this.text = text;
            this.files = files;
        }
    }

    private final Function<String, RunConfig> reader;
    private final BiFunction<RunConfig, Supplier<List<String>>, PreparedRun> prepare;
    private final Map<String, Entry> entries = new HashMap<>();

    /**
     * @param reader reads a config for this node's folders
     * @param prepare fetches, loads and harvests what a run reads, by help of the nodes that serve files at the time
     */
    PreparedRuns(
            Function<String, RunConfig> reader, BiFunction<RunConfig, Supplier<List<String>>, PreparedRun> prepare) {
        this.reader = reader;
        this.prepare = prepare;
    }

    @Override
    public synchronized void add(String run, String config, List<String> files) {
        Entry known = entries.get(run);
        if (known == null) {
            entries.put(run, new Entry(reader.apply(config), config, files));
        } else {
            if (!known.text.equals(config)) {
                known.config = reader.apply(config); // It has one job more.
                known.text = config;
            }
            known.files = files;
        }
    }

    private synchronized Entry entry(String run) {
        Entry entry = entries.get(run);
        if (entry == null) {
            throw new RunException("the run " + run + " is not known on this node; it is over, or yet to come");
        }
        return entry;
    }

    private PreparedRun prepared(String run) {
        Entry entry = entry(run);
        synchronized (entry) {
            PreparedRun prepared = entry.prepared;
            if (prepared == null) {
                prepared = prepare.apply(entry.config, () -> entry.files);
                entry.prepared = prepared;
            }
            return prepared;
        }
    }

    @Override
    public RunConfig config(String run) {
        return entry(run).config;
    }

    @Override
    public Behavior<ActivationFeed.Command> feed(String run) {
        return ActivationFeed.create(() -> batches(run));
    }

    private ActivationFeed.Source batches(String run) {
        PreparedRun prepared = prepared(run);
        return new ActivationFeed.Source(
                prepared.batches()::read,
                prepared.batches()::rows,
                prepared.batches().width(),
                prepared.config().train().windowBatches());
    }

    @Override
    public TrainJob openJob(String run, String job, int epoch, Seat seat) {
        PreparedRun prepared = prepared(run);
        RunConfig now = config(run);
        JobConfig config = now.jobs().stream()
                .filter(one -> one.name().equals(job))
                .findFirst()
                .orElseThrow(() -> new RunException("the run " + run + " has no job " + job));
        return prepared.openJob(now, config, epoch, seat);
    }

    @Override
    public Judge openJudge(String run) {
        return prepared(run).openJudge();
    }

    @Override
    public Optional<AttributionSnapshot> attribution(String run, String job, long step) {
        return prepared(run).attribution(job, step);
    }

    @Override
    public synchronized void remove(String run) {
        Entry entry = entries.remove(run);
        if (entry != null) {
            close(entry);
        }
    }

    private static void close(Entry entry) {
        synchronized (entry) {
            if (entry.prepared != null) {
                entry.prepared.close();
                entry.prepared = null;
            }
        }
    }

    @Override
    public synchronized void close() {
        entries.values().forEach(PreparedRuns::close);
        entries.clear();
    }
}
