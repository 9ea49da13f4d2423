package org.unweave.cluster.watch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a key does: a pure function of what is seen. */
final class Keys {
    /** What keys there are. */
    enum Key {
        UP,
        DOWN,
        FIRST,
        LAST,
        PAUSE,
        RESUME,
        CHECKPOINT,
        STOP,
        LOG,
        SERIES,
        FILTER,
        HELP,
        REDRAW,
        QUIT,
        ENTER,
        ESCAPE,
        ERASE,
        /** Any other. */
        LETTER
    }

    /**
     * What comes of a key.
     *
     * @param order a command that is to be given
     * @param quit whether the person has seen enough
     */
    record Pressed(View view, @Nullable Order order, boolean quit) {}

    private Keys() {}

    /** @param typed the letters of the key */
    static Pressed press(View view, Key key, String typed, WatchModel model) {
        return switch (view.mode()) {
            case COMMANDS -> command(view.saying(""), key, model);
            case FILTER -> only(filter(view, key, typed));
            case SURE_TO_STOP -> answer(view.in(View.Mode.COMMANDS), typed, model);
        };
    }

    private static Pressed only(View view) {
        return new Pressed(view, null, false);
    }

    private static Pressed command(View view, Key key, WatchModel model) {
        return switch (key) {
            case UP -> only(move(view, model, -1));
            case DOWN -> only(move(view, model, 1));
            case FIRST -> only(move(view, model, -model.jobs().size()));
            case LAST -> only(move(view, model, model.jobs().size()));
            case PAUSE -> job(view, model, "pause", "is to pause");
            case RESUME -> job(view, model, "resume", "is to work again");
            case CHECKPOINT -> job(view, model, "checkpoint", "is to write a checkpoint");
            case STOP ->
                only(
                        model.over()
                                ? view.saying("the run is " + model.state() + " already")
                                : view.in(View.Mode.SURE_TO_STOP));
            case LOG -> only(toggled(view, View.Panel.LOG));
            case HELP -> only(toggled(view, View.Panel.HELP));
            case SERIES -> only(view.showing(view.series().next()));
            case FILTER -> only(view.in(View.Mode.FILTER));
            case ESCAPE -> only(view.showing(View.Panel.NEWS).filterBy(""));
            case QUIT -> new Pressed(view, null, true);
            case REDRAW, ENTER, ERASE -> only(view);
            case LETTER -> only(view.saying("there is no such key; ? shows which there are"));
        };
    }

    private static View toggled(View view, View.Panel panel) {
        return view.showing(view.panel() == panel ? View.Panel.NEWS : panel);
    }

    private static View move(View view, WatchModel model, int by) {
        List<JobPicture> shown = view.shown(model);
        if (shown.isEmpty()) {
            return view;
        }
        int to = Math.clamp(view.selectedAmong(shown) + (long) by, 0, shown.size() - 1);
        return view.select(shown.get(to).name());
    }

    private static Pressed job(View view, WatchModel model, String command, String taken) {
        List<JobPicture> shown = view.shown(model);
        int selected = view.selectedAmong(shown);
        if (selected < 0) {
            return only(view.saying("no job is chosen"));
        }
        String job = shown.get(selected).name();
        return new Pressed(
                view.select(job).saying("asking to " + command + " " + job),
                Order.ofJob(model.run(), job, command, taken),
                false);
    }

    private static View filter(View view, Key key, String typed) {
        String filter = view.filter();
        return switch (key) {
            case ENTER -> view.in(View.Mode.COMMANDS);
            case ESCAPE -> view.in(View.Mode.COMMANDS).filterBy("");
            case ERASE -> view.filterBy(filter.isEmpty() ? "" : filter.substring(0, filter.length() - 1));
            // Keys that write nothing send more than they show.
            default ->
                typed.chars().anyMatch(Character::isISOControl) ? view : view.filterBy(filter + Words.clean(typed));
        };
    }

    private static Pressed answer(View view, String typed, WatchModel model) {
        return typed.equalsIgnoreCase("y")
                ? new Pressed(view.saying("asking to stop the run"), Order.stop(model.run()), false)
                : only(view.saying("the run goes on"));
    }
}
