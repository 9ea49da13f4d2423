package org.unweave.actors;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.unweave.config.SlotsConfig;
import org.unweave.model.train.JobFolder;

/**
 * The nodes as they tell of themselves, by what tells one process from the next of the same name, and how the jobs stand
 * that they hold. What they should hold is in the {@link RunTable}.
 */
final class Fleet {
    /** A job of all runs. */
    record JobKey(String run, String job) {
        static JobKey of(RunTable.Job job) {
            return new JobKey(job.run().name(), job.name());
        }
    }

    private final Map<String, Supervisor.Hello> nodes = new TreeMap<>();
    private final Map<JobKey, NodeAgent.Held> observed = new HashMap<>();

    /** Takes what a node has told; returns whether it is new. */
    boolean put(Supervisor.Hello hello) {
        return nodes.put(hello.offer().process(), hello) == null;
    }

    /** Forgets a node; returns what it told last, if it was there. */
    Supervisor.@Nullable Hello remove(String process) {
        return nodes.remove(process);
    }

    boolean has(String process) {
        return nodes.containsKey(process);
    }

    List<String> processes() {
        return List.copyOf(nodes.keySet());
    }

    /** What a node offers. */
    NodeAgent.Offer offer(String process) {
        Supervisor.Hello hello = nodes.get(process);
        if (hello == null) {
            throw new IllegalArgumentException("no node is " + process);
        }
        return hello.offer();
    }

    /** How people call a node; its process where it is not there. */
    String name(String process) {
        Supervisor.Hello hello = nodes.get(process);
        return hello == null ? process : hello.offer().name();
    }

    /** Tells a node, if it is there. */
    void tell(String process, NodeAgent.Command command) {
        Supervisor.Hello hello = nodes.get(process);
        if (hello != null) {
            hello.agent().tell(command);
        }
    }

    void tellAll(NodeAgent.Command command) {
        nodes.values().forEach(hello -> hello.agent().tell(command));
    }

    /** Where files are served, by all nodes that do, in order. */
    List<String> files() {
        return nodes.values().stream()
                .map(hello -> hello.offer().url())
                .filter(url -> !url.isEmpty())
                .sorted()
                .toList();
    }

    /** How full the slots of one kind are with the jobs that want such. */
    Placement placement(RunTable table, SlotsConfig.Kind device) {
        Placement placement = new Placement();
        nodes.forEach(
                (process, hello) -> placement.addNode(process, hello.offer().slots(device), table.isDrained(process)));
        for (RunTable.Run run : table.active()) {
            if (run.device() == device) {
                run.jobs().stream()
                        .filter(job -> job.phase() == RunTable.Phase.RUNNING)
                        .forEach(job -> placement.addJob(job.node()));
            }
        }
        return placement;
    }

    /** Notes how a job stands; returns whether people see a difference. */
    boolean observe(RunTable.Job job, NodeAgent.Held held) {
        NodeAgent.Held before = observed.put(JobKey.of(job), held);
        return before == null
                || before.paused() != held.paused()
                || !before.waitsFor().equals(held.waitsFor());
    }

    void forget(RunTable.Job job) {
        observed.remove(JobKey.of(job));
    }

    /** Whether it is held by a node, and works. */
    boolean works(RunTable.Job job) {
        return observed.containsKey(JobKey.of(job)) && !isPaused(job);
    }

    boolean isPaused(RunTable.Job job) {
        NodeAgent.Held held = observed.get(JobKey.of(job));
        return job.phase() == RunTable.Phase.RUNNING && held != null && held.epoch() == job.epoch() && held.paused();
    }

    JobFolder.Standing standing(RunTable.Job job) {
        return job.standing(state(job), waitsFor(job));
    }

    /** In a word, as people see it. */
    String state(RunTable.Job job) {
        return isPaused(job) ? "paused" : job.phase().text();
    }

    List<JobFolder.Standing> standings(RunTable.Run run) {
        return run.jobs().stream().map(this::standing).toList();
    }

    private String waitsFor(RunTable.Job job) {
        if (job.phase() == RunTable.Phase.WAITING) {
            return missing(job.run().device());
        }
        NodeAgent.Held held = observed.get(JobKey.of(job));
        return held == null || !isPaused(job) ? "" : held.waitsFor();
    }

    // Which slots no node has; the reason why, where nodes have one.
    private String missing(SlotsConfig.Kind device) {
        List<NodeAgent.Offer> offers =
                nodes.values().stream().map(Supervisor.Hello::offer).toList();
        if (offers.stream().anyMatch(offer -> offer.slots(device) > 0)) {
            return "";
        }
        return switch (device) {
            case CPU -> "it waits for a node with slots of the CPU";
            case CUDA ->
                Supervisor.shortened("it waits for a node with a card: bin/unweave node --slots cuda"
                        + offers.stream()
                                .filter(offer -> !offer.refused().isEmpty())
                                .map(offer -> "; " + offer.name() + " has none since " + offer.refused())
                                .collect(Collectors.joining()));
        };
    }

    Supervisor.Status status(RunTable table, String name) {
        RunTable.Run run = table.run(name);
        return run == null
                ? new Supervisor.Status(name, "unknown", "", List.of(), 0, List.of())
                : new Supervisor.Status(
                        name,
                        state(run),
                        run.config().folder().toAbsolutePath().toString(),
                        standings(run),
                        run.due().size(),
                        run.problems());
    }

    /** In a word, as {@link Supervisor.Status} has it. */
    static String state(RunTable.Run run) {
        if (run.over()) {
            return run.stopped() ? "stopped" : "done";
        }
        return run.stopping() ? "stopping" : "running";
    }

    Supervisor.Overview overview(RunTable table) {
        List<Supervisor.NodeLine> lines = new ArrayList<>();
        nodes.forEach((process, hello) -> lines.add(new Supervisor.NodeLine(
                hello.offer().name(),
                hello.offer().cpuSlots(),
                hello.offer().cards(),
                hello.offer().refused(),
                table.placedOn(process).size(),
                hello.evaluators(),
                hello.judging().size(),
                table.isDrained(process),
                hello.offer().url())));
        return new Supervisor.Overview(
                table.runs().stream()
                        .map(run -> new Supervisor.RunLine(run.name(), state(run)))
                        .toList(),
                lines);
    }
}
