package org.unweave.actors;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.unweave.config.SlotsConfig;

/** What the {@link Supervisor} has to decide by itself: jobs that wait are placed, lost ones taken back, runs are over. */
final class Planner {
    private Planner() {}

    /** @param settled whether all nodes have said what they hold; none is given anything, or up, before */
    static List<JournalEntry> entries(RunTable table, Fleet fleet, boolean settled) {
        List<JournalEntry> entries = new ArrayList<>();
        Map<SlotsConfig.Kind, Placement> placements = new EnumMap<>(SlotsConfig.Kind.class);
        for (SlotsConfig.Kind device : SlotsConfig.Kind.values()) {
            placements.put(device, fleet.placement(table, device));
        }
        for (RunTable.Run run : table.active()) {
            Placement placement = Objects.requireNonNull(placements.get(run.device()));
            for (RunTable.Job job : run.jobs()) {
                switch (job.phase()) {
                    case RUNNING -> {
                        if (!fleet.has(job.node()) && settled) {
                            entries.add(new JournalEntry.JobUnplaced(
                                    run.name(), job.name(), job.node(), "its node is gone"));
                        }
                    }
                    case WAITING, RESTARTING -> {
                        if (job.stopWanted()) {
                            entries.add(new JournalEntry.JobStopped(run.name(), job.name(), 0));
                        } else if (job.phase() == RunTable.Phase.WAITING && settled) {
                            placement.freest().ifPresent(process -> {
                                placement.addJob(process);
                                entries.add(
                                        new JournalEntry.JobPlaced(run.name(), job.name(), job.nextEpoch(), process));
                            });
                        }
                    }
                    case DONE, FAILED, STOPPED -> {}
                }
            }
            if (run.ended()) {
                entries.add(new JournalEntry.RunOver(run.name()));
            }
        }
        return entries;
    }
}
