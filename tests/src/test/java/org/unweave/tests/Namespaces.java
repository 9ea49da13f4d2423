package org.unweave.tests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Machines with networks of their own, on one bridge that this machine is on too: Linux's network namespaces. Each can be
 * cut off from the others and put back. Only root can make them, with iproute2.
 */
final class Namespaces implements AutoCloseable {
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final int OUTSIDE = 254;

    private final long pid = ProcessHandle.current().pid();
    private final int serial = MADE.incrementAndGet();
    // Another process that does the same has another.
    private final String network = "10.29." + pid % 256 + ".";
    private final String link = "unw" + pid + "-" + serial;
    private final String prefix = "unweave-" + pid + "-" + serial + "-";
    private final String bridge = prefix + "bridge";
    private final List<String> made = new ArrayList<>();
    private final List<Machine> machines = new ArrayList<>();

    private Namespaces() {}

    /** Whether they can be made here. */
    static boolean available() throws IOException, InterruptedException {
        try (Namespaces tried = new Namespaces()) {
            return tried.tryIp("netns", "add", tried.name(0)).isEmpty()
                    && tried.tryIp("netns", "delete", tried.name(0)).isEmpty();
        }
    }

    /** As many machines, each of which reaches the others. */
    static Namespaces make(int count) throws IOException, InterruptedException {
        Namespaces namespaces = new Namespaces();
        try {
            namespaces.addBridge();
            for (int number = 1; number <= count; number++) {
                namespaces.addMachine(number);
            }
            return namespaces;
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            namespaces.close();
            throw e;
        }
    }

    private void addBridge() throws IOException, InterruptedException {
        add(bridge);
        ip("-n", bridge, "link", "add", "bridge", "type", "bridge");
        ip("-n", bridge, "link", "set", "bridge", "up");
        ip("-n", bridge, "link", "add", "outside", "type", "veth", "peer", "name", link, "netns", Long.toString(pid));
        ip("-n", bridge, "link", "set", "outside", "master", "bridge", "up");
        ip("address", "add", network + OUTSIDE + "/24", "dev", link);
        ip("link", "set", link, "up");
    }

    private void addMachine(int number) throws IOException, InterruptedException {
        String name = name(number);
        String port = port(number);
        add(name);
        ip("-n", bridge, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name);
        ip("-n", bridge, "link", "set", port, "master", "bridge", "up");
        ip("-n", name, "address", "add", network + number + "/24", "dev", "eth0");
        ip("-n", name, "link", "set", "eth0", "up");
        machines.add(new Machine(entering(name), network + number));
    }

    private void add(String name) throws IOException, InterruptedException {
        ip("netns", "add", name);
        made.add(name);
        ip("-n", name, "link", "set", "lo", "up");
    }

    private String name(int number) {
        return prefix + number;
    }

    private static String port(int number) {
        return "port" + number;
    }

    private static List<String> entering(String name) {
        return List.of("ip", "netns", "exec", name);
    }

    List<Machine> machines() {
        return machines;
    }

    /** Has all packets from and to a machine vanish; nobody is told. */
    void cutOff(Machine machine) throws IOException, InterruptedException {
        ip("-n", bridge, "link", "set", port(number(machine)), "nomaster");
    }

    /** Undoes {@link #cutOff}. */
    void heal(Machine machine) throws IOException, InterruptedException {
        ip("-n", bridge, "link", "set", port(number(machine)), "master", "bridge");
    }

    private int number(Machine machine) {
        return machines.indexOf(machine) + 1;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (String name : made) {
            ip("netns", "delete", name);
        }
        made.clear();
    }

    private void ip(String... arguments) throws IOException, InterruptedException {
        String problem = tryIp(arguments);
        if (!problem.isEmpty()) {
            throw new IOException("ip " + String.join(" ", arguments) + ": " + problem);
        }
    }

    /** Why it does not work; empty where it does. */
    private String tryIp(String... arguments) throws InterruptedException {
        List<String> command =
                Stream.concat(Stream.of("ip"), Stream.of(arguments)).toList();
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int exitCode = process.waitFor();
            return exitCode == 0 ? "" : exitCode + " " + said;
        } catch (IOException e) {
            return e.toString();
        }
    }
}
