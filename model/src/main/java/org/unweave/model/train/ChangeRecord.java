package org.unweave.model.train;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.unweave.model.math.State;

/**
 * The changes that a job has made, in order: with it and the batches, its bits can be made again. It is a part of the job's
 * state; as bytes it has one JSON object a line.
 */
public final class ChangeRecord implements State.Holder {
    private static final String NAME = "changes.made";

    private final List<JobChange> all = new ArrayList<>();

    void add(JobChange change) {
        all.add(change);
    }

    /** In the order in which they were made. */
    List<JobChange> all() {
        return List.copyOf(all);
    }

    /** What a state of a job has of it; nothing where nothing was changed. */
    public static List<JobChange> of(State state) {
        ChangeRecord record = new ChangeRecord();
        record.load(state);
        return record.all();
    }

    @Override
    public void save(State state) {
        if (!all.isEmpty()) {
            StringBuilder lines = new StringBuilder();
            all.forEach(change -> lines.append(change.line()).append('\n'));
            state.put(NAME, lines.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void load(State state) {
        all.clear();
        if (state.has(NAME)) {
            new String(state.bytes(NAME), StandardCharsets.UTF_8).lines().forEach(line -> all.add(JobChange.of(line)));
        }
    }
}
