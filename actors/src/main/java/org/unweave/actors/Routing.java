package org.unweave.actors;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.CheckpointRef;

/** Which checkpoints were given to be judged, by this supervisor or by one before it. */
final class Routing {
    private record Key(String run, String job, long step, Judgement judgement) {}

    private final Set<Key> routed = new HashSet<>();
    // What an earlier supervisor had routed and a node still judges.
    private final Map<Key, String> elsewhere = new HashMap<>();

    /** Takes what a node says that it judges. */
    void note(String process, List<NodeAgent.Judging> judging) {
        forgetNode(process);
        for (NodeAgent.Judging one : judging) {
            Key key = new Key(one.run(), one.job(), one.step(), one.judgement());
            if (!routed.contains(key)) {
                elsewhere.put(key, process);
            }
        }
    }

    void forgetNode(String process) {
        elsewhere.values().removeIf(process::equals);
    }

    /** A checkpoint is to be judged once more. */
    void forget(String run, String job, long step) {
        routed.remove(new Key(run, job, step, Judgement.SCHEDULED));
    }

    void forgetRun(String run) {
        routed.removeIf(key -> key.run().equals(run));
    }

    /** What is due and nobody was given yet; it counts as given from then on. */
    List<CheckpointRouter.Task> take(RunTable table, long term) {
        List<CheckpointRouter.Task> tasks = new ArrayList<>();
        for (RunTable.Run run : table.active()) {
            if (run.stopping()) {
                continue;
            }
            for (Map.Entry<RunTable.Due, @Nullable CheckpointRef> due :
                    run.due().entrySet()) {
                RunTable.Due one = due.getKey();
                Key key = new Key(run.name(), one.job(), one.step(), one.judgement());
                if (!elsewhere.containsKey(key) && routed.add(key)) {
                    tasks.add(new CheckpointRouter.Task(
                            run.name(), one.job(), one.step(), one.judgement(), term, due.getValue()));
                }
            }
        }
        return tasks;
    }
}
