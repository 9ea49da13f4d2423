package org.unweave.cluster.watch;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.keymap.BindingReader;
import org.jline.keymap.KeyMap;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.http.EventStream;

/**
 * A run on a terminal: draws what is known, reads keys, gives commands. Of what is drawn only what has changed is written.
 * The terminal is left as it was, however this ends.
 */
public final class LiveView {
    private static final Duration KEY_PATIENCE = Duration.ofMillis(100);
    private static final long DRAW_NANOS = Duration.ofMillis(200).toNanos();
    private static final long CLOCK_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long ESCAPE_MS = 50;
    private static final Size USUAL = new Size(80, 24);

    private final Terminal terminal;
    private final WatchModel model;
    private final NodeLink link;
    private final Paint paint;
    private final Display display;
    private final BindingReader keys;
    private final KeyMap<Keys.Key> map;
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private final AtomicBoolean redraw = new AtomicBoolean(true);
    private final AtomicBoolean restored = new AtomicBoolean(true);
    private View view = View.first();
    private Size size = USUAL;

    LiveView(Terminal terminal, WatchModel model, NodeLink link, boolean colours) {
        this.terminal = terminal;
        this.model = model;
        this.link = link;
        Integer most = terminal.getNumericCapability(Capability.max_colors);
        this.paint = new Paint(Glyphs.of(terminal.encoding()), colours && most != null && most >= 8);
        this.display = new Display(terminal, true);
        this.keys = new BindingReader(terminal.reader());
        this.map = keyMap(terminal);
    }

    /**
     * Shows a run on the terminal of this process until the person has seen enough.
     *
     * @throws IOException if the process has no terminal that can be drawn on
     * @throws org.unweave.cluster.http.ControlException if the node refuses
     */
    public static Outcome showHere(WatchModel model, NodeLink link, boolean colours)
            throws IOException, InterruptedException {
        try (Terminal terminal = TerminalBuilder.builder()
                .name("unweave")
                .system(true)
                .dumb(false)
                // By stty: the providers that call the system themselves give a terminal back without its speed.
                .provider("exec")
                .nativeSignals(true)
                .build()) {
            return new LiveView(terminal, model, link, colours).show();
        }
    }

    private static KeyMap<Keys.Key> keyMap(Terminal terminal) {
        KeyMap<Keys.Key> map = new KeyMap<>();
        map.bind(Keys.Key.UP, KeyMap.key(terminal, Capability.key_up), "\033[A", "\033OA", "k");
        map.bind(Keys.Key.DOWN, KeyMap.key(terminal, Capability.key_down), "\033[B", "\033OB", "j");
        map.bind(Keys.Key.FIRST, KeyMap.key(terminal, Capability.key_home), "\033[H", "\033[1~", "g");
        map.bind(Keys.Key.LAST, KeyMap.key(terminal, Capability.key_end), "\033[F", "\033[4~", "G");
        map.bind(Keys.Key.PAUSE, "p");
        map.bind(Keys.Key.RESUME, "r");
        map.bind(Keys.Key.CHECKPOINT, "c");
        map.bind(Keys.Key.STOP, "s");
        map.bind(Keys.Key.LOG, "l");
        map.bind(Keys.Key.SERIES, "\t");
        map.bind(Keys.Key.FILTER, "/");
        map.bind(Keys.Key.HELP, "?", "h");
        map.bind(Keys.Key.REDRAW, KeyMap.ctrl('L'));
        map.bind(Keys.Key.QUIT, "q");
        map.bind(Keys.Key.ENTER, "\r", "\n");
        map.bind(Keys.Key.ESCAPE, KeyMap.esc());
        map.bind(Keys.Key.ERASE, KeyMap.del(), KeyMap.ctrl('H'));
        map.setNomatch(Keys.Key.LETTER);
        map.setUnicode(Keys.Key.LETTER);
        map.setAmbiguousTimeout(ESCAPE_MS);
        return map;
    }

    /**
     * Shows the run until the person has seen enough.
     *
     * @throws org.unweave.cluster.http.ControlException if the node refuses
     */
    Outcome show() throws IOException, InterruptedException {
        Attributes before = terminal.enterRawMode();
        restored.set(false);
        Thread atTheEnd = new Thread(() -> restore(before), "unweave-terminal");
        Runtime.getRuntime().addShutdownHook(atTheEnd);
        Map<Terminal.Signal, Terminal.SignalHandler> handlers = handle();
        try {
            terminal.puts(Capability.enter_ca_mode);
            terminal.puts(Capability.keypad_xmit);
            terminal.puts(Capability.cursor_invisible);
            link.start();
            return loop();
        } finally {
            restore(before);
            handlers.forEach(terminal::handle);
            forget(atTheEnd);
        }
    }

    private Map<Terminal.Signal, Terminal.SignalHandler> handle() {
        Map<Terminal.Signal, Terminal.SignalHandler> before = new EnumMap<>(Terminal.Signal.class);
        before.put(Terminal.Signal.INT, terminal.handle(Terminal.Signal.INT, signal -> interrupted.set(true)));
        before.put(Terminal.Signal.WINCH, terminal.handle(Terminal.Signal.WINCH, signal -> redraw.set(true)));
        before.put(Terminal.Signal.CONT, terminal.handle(Terminal.Signal.CONT, signal -> redraw.set(true)));
        // Whoever stopped here would have a shell on a screen that is not its own.
        before.put(Terminal.Signal.TSTP, terminal.handle(Terminal.Signal.TSTP, Terminal.SignalHandler.SIG_IGN));
        return before;
    }

    private void restore(Attributes before) {
        if (restored.compareAndSet(false, true)) {
            terminal.puts(Capability.exit_attribute_mode);
            terminal.puts(Capability.cursor_normal);
            terminal.puts(Capability.keypad_local);
            terminal.puts(Capability.exit_ca_mode);
            terminal.flush();
            terminal.setAttributes(before);
        }
    }

    private static void forget(Thread atTheEnd) {
        try {
            Runtime.getRuntime().removeShutdownHook(atTheEnd);
        } catch (IllegalStateException e) {
            // The process ends already, and the hook finds nothing to do.
            return;
        }
    }

    private Outcome loop() throws IOException, InterruptedException {
        NonBlockingReader reader = terminal.reader();
        long drawn = 0;
        boolean changed = true;
        while (!interrupted.get()) {
            for (Heard heard = link.take(Duration.ZERO); heard != null; heard = link.take(Duration.ZERO)) {
                take(heard);
                changed = true;
            }
            long since = System.nanoTime() - drawn;
            if (redraw.get() || (changed && since > DRAW_NANOS) || since > CLOCK_NANOS) {
                draw();
                drawn = System.nanoTime();
                changed = false;
            }
            int letter = reader.peek(KEY_PATIENCE.toMillis());
            if (letter == NonBlockingReader.READ_EXPIRED) {
                continue;
            }
            // The terminal is gone, or somebody wants to go.
            if (letter == NonBlockingReader.EOF || press()) {
                return model.over() ? Outcome.of(model) : Outcome.DONE;
            }
            draw();
            drawn = System.nanoTime();
            changed = false;
        }
        return Outcome.INTERRUPTED;
    }

    private boolean press() {
        Keys.@Nullable Key key = keys.readBinding(map);
        if (key == null) {
            return true;
        }
        if (key == Keys.Key.REDRAW) {
            redraw.set(true);
        }
        Keys.Pressed pressed = Keys.press(view, key, String.valueOf(keys.getLastBinding()), model);
        view = pressed.view();
        Order order = pressed.order();
        if (order != null) {
            link.give(order);
        }
        return pressed.quit();
    }

    private void draw() {
        if (redraw.getAndSet(false)) {
            Size now = terminal.getSize();
            size = now.getColumns() > 0 && now.getRows() > 0 ? now : USUAL;
            display.clear();
            display.resize(size.getRows(), size.getColumns());
        }
        display.update(
                Screen.lines(model, view, link.state(), paint, size.getColumns(), size.getRows()),
                size.cursorPos(size.getRows() - 1, 0));
        terminal.flush();
    }

    private void take(Heard heard) {
        switch (heard) {
            case Heard.Answers answers -> {
                model.standing(answers.status());
                model.nodes(answers.nodes());
                if (answers.curves() != null) {
                    model.history(answers.curves());
                }
            }
            case Heard.Status status -> model.standing(status.status());
            case Heard.Happened happened -> {
                EventStream.Heard event = happened.event();
                model.happened(event.kind(), event.data());
            }
            case Heard.Broken broken -> {
                if (model.over()) {
                    // bin/unweave run ends with its run: there is nothing to wait for.
                    link.close();
                }
                view = view.saying(broken.reason());
            }
            case Heard.Refused refused -> throw refused.reason();
            case Heard.Answered answered ->
                view = view.saying(answered.taken() ? answered.text() : "refused: " + answered.text());
        }
    }
}
