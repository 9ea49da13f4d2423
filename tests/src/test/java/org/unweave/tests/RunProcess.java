package org.unweave.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.unweave.cluster.Main;

/** {@code unweave} as a process of its own, with the class path of the tests. */
final class RunProcess implements AutoCloseable {
    // Far more than is needed: the machine may have other work.
    private static final Duration PATIENCE = Duration.ofMinutes(Integer.getInteger("unweave.patience-minutes", 8));

    private static final long SHORTEST_PAUSE_NANOS = 2_000_000;

    private final Process process;
    private final Path out;
    private final Path err;

    private RunProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts a command; what it writes goes to files of {@code folder}, which is its working folder too. */
    static RunProcess start(Path folder, Map<String, String> environment, List<String> arguments) throws IOException {
        return start(Machine.LOOPBACK, folder, environment, List.of(), arguments);
    }

    /** The same on a machine, with further options of the JVM. */
    static RunProcess start(
            Machine machine,
            Path folder,
            Map<String, String> environment,
            List<String> jvmOptions,
            List<String> arguments)
            throws IOException {
        List<String> all = new ArrayList<>(ClassArchive.options());
        all.addAll(jvmOptions);
        return startBare(machine, folder, environment, all, arguments);
    }

    /** The same without an archive of classes. */
    static RunProcess startBare(
            Machine machine,
            Path folder,
            Map<String, String> environment,
            List<String> jvmOptions,
            List<String> arguments)
            throws IOException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        List<String> command = new ArrayList<>(machine.entering());
        command.addAll(heedingInterrupts());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseParallelGC",
                "-Xmx2g",
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Djava.awt.headless=true",
                // These processes live for seconds, and would compile for most of them: only what computes is worth it.
                "-XX:CompileThresholdScaling=10",
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=CompileThresholdScaling,org.unweave.model.math.*::*,0.5",
                "-XX:CompileCommand=CompileThresholdScaling,jdk.incubator.vector.*::*,0.5",
                "-cp",
                ClassArchive.classPath()));
        command.addAll(jvmOptions);
        command.add(Main.class.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        return new RunProcess(builder.start(), out, err);
    }

    /**
     * A JVM leaves Ctrl-C ignored where it was ignored before, which is so for all that a script starts in the background;
     * so this undoes it.
     */
    private static List<String> heedingInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return List.of();
        }
        long ignored = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("SigIgn:".length()).strip(), 16))
                .findFirst()
                .orElse(0);
        boolean interruptIgnored = (ignored & 1 << (2 - 1)) != 0;
        return interruptIgnored ? List.of("env", "--default-signal=INT") : List.of();
    }

    /**
     * Waits until something is true, or the process has ended.
     *
     * @param happened what takes long is asked seldom, since what is waited for needs the processors
     */
    RunProcess await(BooleanSupplier happened) throws InterruptedException {
        return await(happened, 2);
    }

    /** The same of what is soon over again, and is asked without a rest. */
    RunProcess catchMoment(BooleanSupplier happens) throws InterruptedException {
        return await(happens, 0);
    }

    private RunProcess await(BooleanSupplier happened, int rests) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            long asked = System.nanoTime();
            if (happened.getAsBoolean()) {
                return this;
            }
            long pause = Math.max(SHORTEST_PAUSE_NANOS, rests * (System.nanoTime() - asked));
            if (process.waitFor(pause, TimeUnit.NANOSECONDS)) {
                return this;
            }
            requireBefore(deadline);
        }
    }

    /** Waits for the end and gives the exit code. */
    int end() throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!process.waitFor(1, TimeUnit.SECONDS)) {
            requireBefore(deadline);
        }
        return process.exitValue();
    }

    private void requireBefore(long deadline) {
        if (System.nanoTime() > deadline) {
            process.destroyForcibly();
            throw new AssertionError("the process did not end:\n" + this);
        }
    }

    boolean alive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Ends the process without a warning. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** What Ctrl-C does. */
    void interrupt() throws IOException, InterruptedException {
        signal("INT");
    }

    /** Sends a signal, by its name. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    String out() {
        return text(out);
    }

    String err() {
        return text(err);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public String toString() {
        return "--- out\n" + out() + "--- err\n" + err();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
