package org.unweave.actors;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** How full nodes are, and which is to have one job more or fewer. */
final class Placement {
    /** Jobs that share a slot, at most; those beyond wait. */
    static final int MOST_JOBS_PER_SLOT = 32;

    private record Node(int slots, boolean drained) {}

    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, Integer> jobs = new HashMap<>();

    /** @param slots 0 for a node that trains nothing */
    void addNode(String process, int slots, boolean drained) {
        nodes.put(process, new Node(slots, drained));
    }

    void addJob(String process) {
        jobs.merge(process, 1, Integer::sum);
    }

    /** How many jobs a node has. */
    int jobs(String process) {
        return jobs.getOrDefault(process, 0);
    }

    /** The node that has the fewest jobs a slot with one more, the first by name of equals; none if none has room. */
    Optional<String> freest() {
        return training()
                .filter(process -> !node(process).drained && load(process, 1) <= MOST_JOBS_PER_SLOT)
                .min(Comparator.comparingDouble(process -> load(process, 1)));
    }

    /** The fullest node, if the fuller of it and {@code to} were less full with one of its jobs there. */
    Optional<String> relievedBy(String to) {
        return training()
                .max(Comparator.comparingDouble(process -> load(process, 0)))
                .filter(from -> Math.max(load(from, -1), load(to, 1)) < load(from, 0));
    }

    private Stream<String> training() {
        return nodes.keySet().stream()
                .filter(process -> node(process).slots > 0)
                .sorted();
    }

    private Node node(String process) {
        return nodes.getOrDefault(process, new Node(0, true));
    }

    private double load(String process, int more) {
        return (double) (jobs(process) + more) / node(process).slots;
    }
}
