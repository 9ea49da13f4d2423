package org.unweave.cluster.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.unweave.model.Progress;

/**
 * Shows how far long work is: on a terminal a bar for each, repainted in place; elsewhere a plain line now and then.
 *
 * <p>The rate is that since the work was first heard of, so what an earlier attempt did does not count as quick.
 */
final class ConsoleProgress implements Progress {
    private static final int WIDTH = 20;
    // A line that wrapped would take two rows, and the repaint would no longer find the first.
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";
    private static final long REPAINT_NANOS = Duration.ofMillis(100).toNanos();
    private static final long LINE_NANOS = Duration.ofSeconds(10).toNanos();

    private final PrintWriter out;
    private final boolean terminal;
    private final LongSupplier clock;
    private final Map<String, Work> works = new LinkedHashMap<>();
    private int painted;
    private long lastPaint;

    private static final class Work {
        private final long firstDone;
        private final long start;
        private long done;
        private long total;
        private String unit;
        private long now;
        private long lastLine;

        private Work(long done, long total, String unit, long now) {
            this.firstDone = done;
            this.done = done;
            this.total = total;
            this.unit = unit;
            this.start = now;
            this.now = now;
            this.lastLine = now;
        }

        private boolean finished() {
            return total >= 0 && done >= total;
        }
    }

    /**
     * @param terminal whether lines can be repainted
     * @param nanos a clock, as {@link System#nanoTime}
     */
    ConsoleProgress(PrintWriter out, boolean terminal, LongSupplier nanos) {
        this.out = out;
        this.terminal = terminal;
        this.clock = nanos;
    }

    @Override
    public synchronized void report(String what, long done, long total, String unit) {
        long now = clock.getAsLong();
        Work work = works.get(what);
        boolean fresh = work == null;
        if (work == null) {
            work = new Work(done, total, unit, now);
            works.put(what, work);
        }
        boolean wasFinished = !fresh && work.finished();
        work.done = done;
        work.total = total;
        work.unit = unit;
        work.now = now;
        if (terminal) {
            if (fresh || work.finished() || now - lastPaint > REPAINT_NANOS) {
                paint(now);
            }
        } else if (!wasFinished && (fresh || work.finished() || now - work.lastLine > LINE_NANOS)) {
            work.lastLine = now;
            out.println(line(what, work));
            out.flush();
        }
    }

    private void paint(long now) {
        lastPaint = now;
        StringBuilder text = new StringBuilder(NO_WRAP);
        if (painted > 0) {
            text.append("\u001b[").append(painted).append('A');
        }
        works.forEach((what, work) -> text.append("\r\u001b[2K")
                .append(bar(work))
                .append(' ')
                .append(line(what, work))
                .append('\n'));
        text.append(WRAP);
        painted = works.size();
        out.print(text);
        out.flush();
    }

    /** Writes a line, above what is painted. */
    synchronized void say(String line) {
        if (painted > 0) {
            out.print("\u001b[" + painted + "A\r\u001b[J");
            painted = 0;
        }
        out.println(line);
        if (terminal && !works.isEmpty()) {
            paint(clock.getAsLong());
        }
        out.flush();
    }

    /** Leaves what is painted as it is; what is reported from now on is painted below. */
    synchronized void release() {
        works.clear();
        painted = 0;
    }

    private static String bar(Work work) {
        if (work.total <= 0) {
            return " ".repeat(WIDTH + 2);
        }
        int full = (int) Math.min(WIDTH, WIDTH * work.done / work.total);
        return "[" + "#".repeat(full) + " ".repeat(WIDTH - full) + "]";
    }

    private static String line(String what, Work work) {
        StringBuilder line = new StringBuilder(what).append(' ');
        if (work.total > 0) {
            line.append(String.format(Locale.ROOT, "%d%% ", 100 * work.done / work.total));
        }
        line.append(String.format(Locale.ROOT, "%,d", work.done));
        if (work.total > 0) {
            line.append(String.format(Locale.ROOT, " of %,d", work.total));
        }
        line.append(' ').append(work.unit);
        double seconds = (work.now - work.start) / 1e9;
        long made = work.done - work.firstDone;
        if (seconds > 0.05 && made > 0) {
            double rate = made / seconds;
            line.append(
                    rate >= 10
                            ? String.format(Locale.ROOT, ", %,.0f/s", rate)
                            : String.format(Locale.ROOT, ", %.2f/s", rate));
            if (work.total > work.done) {
                line.append(", ").append(clock((work.total - work.done) / rate)).append(" left");
            } else {
                line.append(", took ").append(clock(seconds));
            }
        }
        return line.toString();
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return whole >= 3600
                ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
    }
}
