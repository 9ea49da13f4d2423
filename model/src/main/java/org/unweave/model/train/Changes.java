package org.unweave.model.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The changes of a job and before which of its updates each is made, kept in the job's folder: a job that begins again at
 * an earlier checkpoint makes them before the same updates. The state of a job after so many updates has those that were
 * made before fewer.
 */
final class Changes {
    private final JobFolder folder;
    private final Runnable mayWrite;
    private final List<JobChange> all;
    private final boolean replays;

    /**
     * @param replayed of another run, which are made in place of any others; null where there is none
     * @param mayWrite called before anything gets its name; what it throws is let through
     */
    Changes(JobFolder folder, @Nullable List<JobChange> replayed, Runnable mayWrite) {
        this.folder = folder;
        this.mayWrite = mayWrite;
        this.replays = replayed != null;
        this.all = new ArrayList<>(replayed == null ? folder.changes() : replayed);
        if (replays && !all.equals(folder.changes())) {
            folder.writeChanges(all, mayWrite);
        }
    }

    List<JobChange> all() {
        return List.copyOf(all);
    }

    private int newest() {
        return all.isEmpty() ? 0 : all.getLast().number();
    }

    /**
     * Takes a change, to be made before the next update, or with the last one that is known already, where that is later.
     * It is on the disk when this returns.
     *
     * @param step updates so far
     * @return it with its update; nothing where it does not follow those that are known, or was taken before
     * @throws java.io.UncheckedIOException if it cannot be written, as on a full disk; it is then not taken
     */
    Optional<JobChange> take(int number, Map<String, String> values, long step) {
        if (replays || number != newest() + 1) {
            return Optional.empty();
        }
        long before = all.isEmpty() ? step : Math.max(step, all.getLast().step());
        JobChange taken = new JobChange(number, before, values);
        List<JobChange> next = new ArrayList<>(all);
        next.add(taken);
        folder.writeChanges(next, mayWrite);
        all.add(taken);
        return Optional.of(taken);
    }

    /** Those to be made before an update, after so many. */
    List<JobChange> at(long step) {
        return all.stream().filter(change -> change.step() == step).toList();
    }
}
