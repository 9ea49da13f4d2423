package org.unweave.cluster.watch;

import java.util.List;
import java.util.Locale;

/**
 * What a person has chosen to see.
 *
 * @param selected the job that commands are for; empty for the first
 * @param filter jobs are shown whose name or state has it in it
 * @param status what was said last; may be empty
 */
record View(String selected, String filter, Series series, Panel panel, Mode mode, String status) {
    /** What is below the jobs. */
    enum Panel {
        NEWS,
        LOG,
        HELP
    }

    /** What keys mean. */
    enum Mode {
        COMMANDS,
        FILTER,
        SURE_TO_STOP
    }

    static View first() {
        return new View("", "", Series.LOSS, Panel.NEWS, Mode.COMMANDS, "");
    }

    View select(String job) {
        return new View(job, filter, series, panel, mode, status);
    }

    View filterBy(String text) {
        return new View(selected, text, series, panel, mode, status);
    }

    View showing(Series next) {
        return new View(selected, filter, next, panel, mode, status);
    }

    View showing(Panel next) {
        return new View(selected, filter, series, next, mode, status);
    }

    View in(Mode next) {
        return new View(selected, filter, series, panel, next, status);
    }

    View saying(String text) {
        return new View(selected, filter, series, panel, mode, text);
    }

    /** The jobs that are shown. */
    List<JobPicture> shown(WatchModel model) {
        String wanted = filter.toLowerCase(Locale.ROOT);
        return model.jobs().stream()
                .filter(job -> job.name().toLowerCase(Locale.ROOT).contains(wanted)
                        || job.state().contains(wanted))
                .toList();
    }

    /** Which of the shown jobs is selected; -1 where none is shown. */
    int selectedAmong(List<JobPicture> shown) {
        for (int i = 0; i < shown.size(); i++) {
            if (shown.get(i).name().equals(selected)) {
                return i;
            }
        }
        return shown.isEmpty() ? -1 : 0;
    }
}
