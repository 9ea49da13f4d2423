package org.unweave.cluster.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** What a window shows: a pure function of what is known, what was chosen, and how large the window is. */
final class Screen {
    private static final List<String> HELP = List.of(
            "up k, down j      choose a job; home and end the first and the last",
            "p  r              pause the job; have it work again",
            "c                 have the job write a checkpoint",
            "s                 stop the run, after a checkpoint of each job",
            "tab               another curve: loss, L0, variance explained, dead share, rows a second",
            "l                 the node's log in place of the news",
            "/                 show the jobs with some letters in name or state; enter keeps, escape shows all",
            "ctrl-l            draw all anew",
            "q                 quit; the run goes on",
            "L0!               more than 10% off its target");
    private static final String HINT =
            "p pause  r resume  c checkpoint  s stop  tab curve  l log  / filter  ? help  q quit";

    private final WatchModel model;
    private final View view;
    private final Link link;
    private final Paint paint;
    private final int columns;
    private final List<JobPicture> shown;
    private final int selected;

    private Screen(WatchModel model, View view, Link link, Paint paint, int columns) {
        this.model = model;
        this.view = view;
        this.link = link;
        this.paint = paint;
        this.columns = columns;
        this.shown = view.shown(model);
        this.selected = view.selectedAmong(shown);
    }

    /** As many lines as the window has rows, none wider than it. */
    static List<AttributedString> lines(WatchModel model, View view, Link link, Paint paint, int columns, int rows) {
        return new Screen(model, view, link, paint, columns).lines(rows);
    }

    /** All jobs and nodes, for whom one look is enough. */
    static List<AttributedString> table(WatchModel model, Paint paint, int columns) {
        View view = View.first();
        Link unseen = new Link("", true, 0, 0);
        Screen screen = new Screen(model, view, unseen, paint, columns);
        List<AttributedString> lines = new ArrayList<>();
        lines.add(screen.title());
        Table table = new Table(paint, screen.shown, columns);
        lines.add(table.header());
        screen.shown.forEach(job -> lines.add(table.row(job, false)));
        for (NodePicture node : model.nodes()) {
            lines.add(screen.line(node));
        }
        return lines;
    }

    private AttributedString line(NodePicture node) {
        return paint.fit("node " + node.name() + "  " + node.text(), AttributedStyle.DEFAULT, columns);
    }

    private List<AttributedString> lines(int rows) {
        List<AttributedString> lines = new ArrayList<>();
        if (rows > 1) {
            lines.add(title());
            int body = rows - 2;
            lines.addAll(view.panel() == View.Panel.HELP ? help(body) : body(body));
        }
        while (lines.size() < rows - 1) {
            lines.add(AttributedString.EMPTY);
        }
        if (rows > 0) {
            lines.add(status());
        }
        return lines;
    }

    private AttributedString title() {
        AttributedStringBuilder left = new AttributedStringBuilder();
        left.style(paint.title())
                .append(model.run())
                .style(AttributedStyle.DEFAULT)
                .append("  ");
        left.style(paint.state(model.state()))
                .append(model.state().isEmpty() ? "not heard of yet" : model.state())
                .style(AttributedStyle.DEFAULT);
        left.append("  ").append(Words.clock(model.seconds()));
        if (Double.isFinite(model.secondsLeft())) {
            left.append(", ").append(Words.clock(model.secondsLeft())).append(" left");
        }
        if (model.evaluationsLeft() > 0 && !model.over()) {
            left.append(", ").append(Integer.toString(model.evaluationsLeft())).append(" to judge");
        }
        String right = columns < 60 ? link.troubled() ? link.brief() : "" : link.text();
        int room = columns - right.length();
        AttributedString fitted = paint.fit(left.toAttributedString(), Math.max(0, right.isEmpty() ? room : room - 1));
        return paint.fit(
                new AttributedStringBuilder()
                        .append(fitted)
                        .append(" ".repeat(Math.max(0, room - fitted.columnLength())))
                        .style(link.troubled() ? paint.bad() : paint.faint())
                        .append(right)
                        .toAttributedString(),
                columns);
    }

    private AttributedString status() {
        return switch (view.mode()) {
            case FILTER -> paint.fit("/" + view.filter() + "_", AttributedStyle.DEFAULT, columns);
            case SURE_TO_STOP ->
                paint.fit(
                        "stop " + model.run() + "? y/n (each job writes a checkpoint and ends)",
                        paint.warning(),
                        columns);
            case COMMANDS -> paint.fit(said(), view.status().isEmpty() ? paint.faint() : paint.title(), columns);
        };
    }

    private String said() {
        if (!view.status().isEmpty()) {
            return view.status();
        }
        if (model.over()) {
            return "the run is " + model.state() + "; q quits";
        }
        return view.filter().isEmpty() ? HINT : "filter: " + view.filter() + "; escape shows all";
    }

    private List<AttributedString> help(int rows) {
        return HELP.stream()
                .limit(rows)
                .map(line -> paint.fit(line, AttributedStyle.DEFAULT, columns))
                .toList();
    }

    private List<AttributedString> body(int rows) {
        // The jobs come first; the rest is shared out so that each part has something if all have room.
        int curve = rows >= 6 && selected >= 0 ? rows >= 9 ? 3 : 1 : 0;
        int nodes = rows >= 12 ? Math.min(4, model.nodes().size()) + 1 : 0;
        int least = rows >= 9 ? 4 : 0;
        int jobs = Math.min(shown.size() + 1, rows - curve - nodes - least);
        List<AttributedString> lines = new ArrayList<>(jobs(jobs));
        if (curve > 0) {
            lines.addAll(curve(curve));
        }
        if (nodes > 0) {
            lines.addAll(nodes(nodes));
        }
        lines.addAll(panel(rows - lines.size()));
        return lines;
    }

    private List<AttributedString> jobs(int rows) {
        List<AttributedString> lines = new ArrayList<>();
        if (rows < 1) {
            return lines;
        }
        Table table = new Table(paint, shown, columns);
        lines.add(table.header());
        if (shown.isEmpty() && rows > 1) {
            lines.add(paint.fit(
                    model.jobs().isEmpty() ? " no job is known yet" : " no job has \"" + view.filter() + "\"",
                    paint.faint(),
                    columns));
        }
        int room = rows - 1;
        int first = Math.clamp(selected - room / 2L, 0, Math.max(0, shown.size() - room));
        for (int i = first; i < Math.min(shown.size(), first + room); i++) {
            lines.add(table.row(shown.get(i), i == selected));
        }
        return lines;
    }

    private AttributedString rule(String title) {
        String text = paint.glyphs().rule() + " " + title + " ";
        int rest = columns - new AttributedString(text).columnLength();
        return paint.fit(text + paint.glyphs().rule().repeat(Math.max(0, rest)), paint.faint(), columns);
    }

    private List<AttributedString> curve(int rows) {
        JobPicture job = shown.get(selected);
        Curve curve = job.curve(view.series());
        List<AttributedString> lines = new ArrayList<>();
        String what = view.series().words() + " of " + job.name();
        if (rows > 1) {
            String range = curve.size() == 0
                    ? what + ": nothing yet"
                    : Words.format(
                            "%s: %s, least %s, most %s",
                            what, Words.number(curve.last()), Words.number(curve.least()), Words.number(curve.most()));
            lines.add(rule(range));
        }
        lines.add(paint.fit(paint.glyphs().sparkline(curve, columns), paint.curve(), columns));
        if (rows > 2) {
            String spent = job.timeSpent();
            String target = job.targetL0() > 0 ? "target L0 " + Words.oneDigit(job.targetL0()) : "";
            String text = String.join(
                    "; ",
                    Stream.of(job.variant(), target, spent.isEmpty() ? "" : "time: " + spent, job.reason())
                            .filter(part -> !part.isEmpty())
                            .toList());
            lines.add(paint.fit(text, paint.faint(), columns));
        }
        return lines;
    }

    private List<AttributedString> nodes(int rows) {
        List<NodePicture> nodes = model.nodes();
        List<AttributedString> lines = new ArrayList<>();
        int hidden = nodes.size() - (rows - 1);
        lines.add(rule(hidden > 0 ? Words.format("nodes, %d more", hidden) : "nodes"));
        for (NodePicture node : nodes.subList(0, Math.min(nodes.size(), rows - 1))) {
            lines.add(line(node));
        }
        return lines;
    }

    private List<AttributedString> panel(int rows) {
        if (rows < 2) {
            return List.of();
        }
        boolean log = view.panel() == View.Panel.LOG;
        List<News> all = log ? model.log() : model.news();
        List<AttributedString> lines = new ArrayList<>();
        lines.add(rule(log ? "log" : "news"));
        for (News one : all.subList(Math.max(0, all.size() - (rows - 1)), all.size())) {
            lines.add(paint.fit(one.text(), paint.of(one.weight()), columns));
        }
        return lines;
    }
}
