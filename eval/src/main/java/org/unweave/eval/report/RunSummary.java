package org.unweave.eval.report;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One run of a folder of runs, as far as its files tell. Absent texts are empty, absent numbers NaN.
 *
 * @param preset what the run was begun from
 * @param jobs how many jobs the run has
 * @param done how many of them are done
 * @param failed how many of them have failed
 * @param started null where no file tells
 * @param ended null while it goes on, and where no file tells
 * @param varianceExplained the best of the jobs' newest core results; of held-out rows where there is none yet
 * @param crossEntropyRecovered the best of the jobs' newest core results
 * @param judged how many result files of evaluations there are
 * @param bytes on the disk
 * @param problems one sentence for every file that could not be used
 */
public record RunSummary(
        Path folder,
        State state,
        String preset,
        int jobs,
        int done,
        int failed,
        @Nullable Instant started,
        @Nullable Instant ended,
        double varianceExplained,
        double crossEntropyRecovered,
        int judged,
        long bytes,
        List<String> problems) {

    /** What has become of a run. */
    public enum State {
        /** A process works in its folder. */
        RUNNING,
        /** All jobs are done. */
        DONE,
        /** A job has failed, and nobody works on the others. */
        FAILED,
        /** A person has stopped it. */
        STOPPED,
        /** Not at its end, and no process of this machine works in it: it was killed, or its node is on another machine. */
        INTERRUPTED,
        /** No job has begun. */
        EMPTY,
        /** Its configuration cannot be read. */
        DAMAGED;

        /** As people write it. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public RunSummary {
        problems = List.copyOf(problems);
    }

    public String name() {
        return String.valueOf(folder.getFileName());
    }
}
