package org.unweave.cluster.watch;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * How lines are made: glyphs, colours, and what becomes of those that are too long.
 *
 * @param colours whether there are any; without them there is no bold either
 */
public record Paint(Glyphs glyphs, boolean colours) {
    private AttributedStyle style(AttributedStyle wanted) {
        return colours ? wanted : AttributedStyle.DEFAULT;
    }

    AttributedStyle title() {
        return style(AttributedStyle.BOLD);
    }

    AttributedStyle heading() {
        return style(AttributedStyle.DEFAULT.underline());
    }

    AttributedStyle faint() {
        return style(AttributedStyle.DEFAULT.faint());
    }

    AttributedStyle good() {
        return style(AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN));
    }

    AttributedStyle warning() {
        return style(AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW));
    }

    AttributedStyle bad() {
        return style(AttributedStyle.BOLD.foreground(AttributedStyle.RED));
    }

    AttributedStyle curve() {
        return style(AttributedStyle.DEFAULT.foreground(AttributedStyle.CYAN));
    }

    AttributedStyle selected(AttributedStyle style) {
        return colours ? style.inverse() : style;
    }

    AttributedStyle state(String state) {
        return switch (state) {
            case "running", "done" -> good();
            case "paused", "restarting", "stopping" -> warning();
            case "failed" -> bad();
            default -> faint();
        };
    }

    AttributedStyle of(News.Weight weight) {
        return switch (weight) {
            case USUAL -> AttributedStyle.DEFAULT;
            case GOOD -> good();
            case WARNING -> warning();
            case BAD -> bad();
        };
    }

    /** A line that is no wider than a number of columns; one that was has an ellipsis at its end. */
    AttributedString fit(AttributedString line, int columns) {
        if (line.columnLength() <= columns) {
            return line;
        }
        if (columns < 1) {
            return AttributedString.EMPTY;
        }
        return new AttributedStringBuilder()
                .append(line.columnSubSequence(0, columns - 1))
                .append(glyphs.ellipsis())
                .toAttributedString();
    }

    AttributedString fit(String line, AttributedStyle style, int columns) {
        return fit(new AttributedString(line, style), columns);
    }
}
