package org.unweave.actors;

import java.nio.charset.StandardCharsets;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.LateJobs;
import org.unweave.config.LiveKeys;
import org.unweave.config.RunConfig;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.JobFork;

/** Rules on further jobs of a run in work. The folder of a fork is whole before its entry is written. */
final class NewJobs {
    private final RunHouse house;

    NewJobs(RunHouse house) {
        this.house = house;
    }

    /** @param from the parent's checkpoint */
    ControlDesk.Ruling fork(RunTable.Job parent, Checkpoint from, Supervisor.ForkJob fork) {
        if (from.manifest().step() >= from.manifest().steps()) {
            return ControlDesk.Ruling.refused(
                    parent.name() + " has no update left, so a fork of it would learn nothing");
        }
        try {
            requireNoReplay(parent.run());
            JobConfig config = parent.configAt(from.manifest());
            JobConfig child =
                    (fork.values().isEmpty() ? config : LiveKeys.changed(config, fork.values())).named(fork.as());
            RunConfig amended = LateJobs.with(parent.run().config(), child);
            house.check(amended);
            String text = text(amended);
            JobFork.make(amended.folder(), from, child, text);
            return added(amended, text, child.name());
        } catch (RuntimeException e) {
            return ControlDesk.Ruling.refused(String.valueOf(e.getMessage()));
        }
    }

    ControlDesk.Ruling add(RunTable.Run run, String entry) {
        try {
            requireNoReplay(run);
            RunConfig amended = LateJobs.withEntry(run.config(), entry);
            house.check(amended);
            JobConfig job = amended.jobs().getLast();
            new JobFolder(amended.folder(), job.name()).clearUnused();
            return added(amended, text(amended), job.name());
        } catch (RuntimeException e) {
            return ControlDesk.Ruling.refused(String.valueOf(e.getMessage()));
        }
    }

    private static void requireNoReplay(RunTable.Run run) {
        if (!run.config().exchange().replay().isEmpty()) {
            throw new IllegalArgumentException("the run " + run.name() + " replays another, which has no further jobs");
        }
    }

    private static String text(RunConfig amended) {
        String text = ConfigReader.render(amended);
        if (text.getBytes(StandardCharsets.UTF_8).length > Supervisor.MOST_CONFIG_BYTES) {
            throw new IllegalArgumentException("with one job more the config has more than "
                    + Supervisor.MOST_CONFIG_BYTES / 1024 + " KiB; begin another run");
        }
        return text;
    }

    private static ControlDesk.Ruling added(RunConfig amended, String text, String job) {
        int epoch = new JobFolder(amended.folder(), job).nextEpoch();
        return ControlDesk.Ruling.taken(new JournalEntry.JobAdded(amended.name(), job, text, epoch));
    }
}
