package org.unweave.cluster.watch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.WCWidth;

/** The table of jobs: as many columns as a width has room for, the most telling first. */
final class Table {
    private static final int LEAST_NAME = 8;
    private static final int LEAST_REASON = 8;
    private static final int WIDE = 150;

    /**
     * A column.
     *
     * @param rank the lower, the rather it is shown
     */
    private record Column(String title, int rank, boolean right, Function<JobPicture, String> cell) {}

    private record Placed(Column column, int width) {}

    private final Paint paint;
    private final int columns;
    private final List<Placed> placed;

    Table(Paint paint, List<JobPicture> jobs, int columns) {
        this.paint = paint;
        this.columns = columns;
        this.placed = place(jobs);
    }

    private List<Column> all() {
        int bar = columns >= WIDE ? 20 : 10;
        return List.of(
                new Column("job", 0, false, JobPicture::name),
                new Column("state", 2, false, JobPicture::state),
                new Column("progress", 5, false, job -> paint.glyphs().bar(job.progress(), bar)),
                new Column("", 1, true, job -> Words.format("%.0f%%", Math.floor(100 * job.progress()))),
                new Column("step", 7, true, job -> Words.format("%d/%d", job.step(), job.steps())),
                new Column("rows/s", 9, true, job -> Words.whole(job.rowsPerSecond())),
                new Column("left", 6, true, job -> Words.clock(job.secondsLeft())),
                new Column("loss", 3, true, job -> Words.number(job.last(Series.LOSS))),
                new Column("L0 ", 4, true, Table::l0),
                new Column("var.ex", 8, true, job -> Words.threeDigits(job.last(Series.VARIANCE_EXPLAINED))),
                new Column("dead", 10, true, job -> Words.percent(job.last(Series.DEAD_SHARE))),
                new Column("rest", 11, true, job -> Integer.toString(job.restarts())),
                new Column("node", 12, false, JobPicture::node));
    }

    private static String l0(JobPicture job) {
        return Words.oneDigit(job.last(Series.L0)) + (job.offTarget() ? "!" : " ");
    }

    private List<Placed> place(List<JobPicture> jobs) {
        List<Column> all = all();
        List<Placed> chosen = new ArrayList<>();
        int room = columns;
        for (Column column :
                all.stream().sorted(Comparator.comparingInt(Column::rank)).toList()) {
            int width = width(column.title());
            for (JobPicture job : jobs) {
                width = Math.max(width, width(column.cell().apply(job)));
            }
            if (column.rank() == 0) {
                width = Math.min(width, Math.max(LEAST_NAME, columns / 3));
            }
            // One more for the gap, and before the first for the mark of the chosen job.
            if (width + 1 <= room) {
                chosen.add(new Placed(column, width));
                room -= width + 1;
            }
        }
        chosen.sort(Comparator.comparingInt(one -> all.indexOf(one.column())));
        if (room > LEAST_REASON) {
            chosen.add(new Placed(new Column("reason", 13, false, JobPicture::reason), room - 1));
        }
        return chosen;
    }

    private static int width(String text) {
        return text.codePoints().map(one -> Math.max(0, WCWidth.wcwidth(one))).sum();
    }

    AttributedString header() {
        AttributedStringBuilder line = new AttributedStringBuilder();
        for (Placed one : placed) {
            cell(line, one, one.column().title(), paint.heading());
        }
        return paint.fit(line.toAttributedString(), columns);
    }

    AttributedString row(JobPicture job, boolean selected) {
        AttributedStringBuilder line = new AttributedStringBuilder();
        boolean first = true;
        for (Placed one : placed) {
            AttributedStyle style = selected ? paint.selected(style(one.column(), job)) : style(one.column(), job);
            if (first) {
                line.style(style).append(selected ? ">" : " ");
                first = false;
            } else {
                line.style(selected ? paint.selected(AttributedStyle.DEFAULT) : AttributedStyle.DEFAULT)
                        .append(" ");
            }
            pad(line, one, one.column().cell().apply(job), style);
        }
        return paint.fit(line.toAttributedString(), columns);
    }

    private AttributedStyle style(Column column, JobPicture job) {
        return switch (column.title()) {
            case "state" -> paint.state(job.state());
            case "L0 " -> job.offTarget() ? paint.warning() : AttributedStyle.DEFAULT;
            case "rest" -> job.restarts() > 0 ? paint.warning() : AttributedStyle.DEFAULT;
            case "reason" -> job.state().equals("failed") ? paint.bad() : paint.faint();
            default -> AttributedStyle.DEFAULT;
        };
    }

    private void cell(AttributedStringBuilder line, Placed one, String text, AttributedStyle style) {
        line.style(style).append(" ");
        pad(line, one, text, style);
    }

    private void pad(AttributedStringBuilder line, Placed one, String text, AttributedStyle style) {
        AttributedString fitted = paint.fit(new AttributedString(text, style), one.width());
        String gap = " ".repeat(Math.max(0, one.width() - fitted.columnLength()));
        line.style(style);
        if (one.column().right()) {
            line.append(gap);
        }
        line.append(fitted);
        if (!one.column().right()) {
            line.style(style).append(gap);
        }
    }
}
