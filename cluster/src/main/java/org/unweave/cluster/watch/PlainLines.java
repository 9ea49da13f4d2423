package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is printed where nobody looks at a screen: a line for each change, and for every tenth line of a job's metrics. */
final class PlainLines {
    private static final int EVERY = 10;

    private final WatchModel model;
    private final Map<String, Integer> lines = new HashMap<>();

    PlainLines(WatchModel model) {
        this.model = model;
    }

    /** How the run stands. */
    List<String> standing() {
        List<String> all = new ArrayList<>();
        all.add("run " + model.run() + " is " + model.state());
        for (JobPicture job : model.jobs()) {
            all.add(Words.format(
                    "%s is %s at step %,d of %,d%s",
                    job.name(),
                    job.state(),
                    job.step(),
                    job.steps(),
                    job.reason().isEmpty() ? "" : ": " + job.reason()));
        }
        return all;
    }

    /** What there is to say of an event that the model has taken. */
    List<String> of(String kind, JsonNode data, List<News> news) {
        List<String> all = new ArrayList<>();
        news.forEach(one -> all.add(one.text()));
        if (kind.equals("metrics") && data.path("split").asText().equals("train")) {
            String name = Words.clean(data.path("job").asText());
            if (lines.merge(name, 1, Integer::sum) % EVERY == 0) {
                model.jobs().stream()
                        .filter(job -> job.name().equals(name))
                        .map(PlainLines::metrics)
                        .forEach(all::add);
            }
        }
        return all;
    }

    private static String metrics(JobPicture job) {
        return Words.format(
                "%s step %,d of %,d, %s rows/s, %s left, loss %s, L0 %s%s, variance explained %s, dead %s",
                job.name(),
                job.step(),
                job.steps(),
                Words.whole(job.rowsPerSecond()),
                Words.clock(job.secondsLeft()),
                Words.number(job.last(Series.LOSS)),
                Words.oneDigit(job.last(Series.L0)),
                job.offTarget() ? Words.format(" (target %s)", Words.oneDigit(job.targetL0())) : "",
                Words.threeDigits(job.last(Series.VARIANCE_EXPLAINED)),
                Words.percent(job.last(Series.DEAD_SHARE)));
    }
}
