package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jline.utils.AttributedString;
import org.unweave.cluster.http.EventStream;

/** A run as plain lines, or its events as lines of JSON, until it is over. */
public final class PlainView {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration TURN = Duration.ofSeconds(1);
    private static final int WIDTH = 240;

    private final WatchModel model;
    private final NodeLink link;
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean json;
    private final PlainLines lines;
    private boolean begun;
    private boolean broken;

    /** @param json whether events are printed as they are */
    public PlainView(WatchModel model, NodeLink link, PrintWriter out, PrintWriter err, boolean json) {
        this.model = model;
        this.link = link;
        this.out = out;
        this.err = err;
        this.json = json;
        this.lines = new PlainLines(model);
    }

    /**
     * Prints until the run is over, nobody reads any more, or no node was there for ten minutes.
     *
     * @throws org.unweave.cluster.http.ControlException if the node refuses
     */
    public Outcome show() throws InterruptedException {
        link.start();
        while (true) {
            Heard heard = link.take(TURN);
            if (heard != null) {
                take(heard);
            }
            if (model.over()) {
                return Outcome.of(model);
            }
            if (out.checkError()) {
                return Outcome.DONE;
            }
            Link state = link.state();
            if (!state.live() && state.ageSeconds() > PATIENCE.toSeconds()) {
                err.println("unweave: no node was there for " + PATIENCE.toMinutes() + " minutes; the run may go on");
                return Outcome.FAILED;
            }
        }
    }

    private void take(Heard heard) {
        switch (heard) {
            case Heard.Answers answers -> {
                answered(answers);
                if (broken) {
                    broken = false;
                    err.println("unweave: the connection is there again");
                }
            }
            case Heard.Status status -> print(model.standing(status.status()));
            case Heard.Happened happened -> happened(happened.event());
            case Heard.Broken one -> {
                if (!broken) {
                    err.println("unweave: " + one.reason() + "; trying again");
                    broken = true;
                }
            }
            case Heard.Refused refused -> throw refused.reason();
            case Heard.Answered answered -> {
                // No command is given here.
            }
        }
    }

    private void answered(Heard.Answers answers) {
        List<News> news = model.standing(answers.status());
        model.nodes(answers.nodes());
        if (begun) {
            print(news);
        } else if (!json) {
            lines.standing().forEach(out::println);
        }
        begun = true;
    }

    private void happened(EventStream.Heard event) {
        List<News> news = model.happened(event.kind(), event.data());
        if (json) {
            ObjectNode line = JsonNodeFactory.instance.objectNode();
            line.put("id", event.id()).put("event", event.kind());
            line.set("data", event.data());
            out.println(line);
        } else {
            lines.of(event.kind(), event.data(), news).forEach(out::println);
        }
    }

    private void print(List<News> news) {
        if (!json) {
            news.forEach(one -> out.println(one.text()));
        }
    }

    /** Prints one table of a run from a node's answers, as wide as it likes. */
    public static Outcome once(WatchModel model, JsonNode status, JsonNode nodes, JsonNode curves, PrintWriter out) {
        model.standing(status);
        model.nodes(nodes);
        model.history(curves);
        Paint paint = new Paint(Glyphs.of(StandardCharsets.US_ASCII), false);
        for (AttributedString line : Screen.table(model, paint, WIDTH)) {
            out.println(line.toString().stripTrailing());
        }
        return model.over() ? Outcome.of(model) : model.failed() ? Outcome.FAILED : Outcome.DONE;
    }
}
