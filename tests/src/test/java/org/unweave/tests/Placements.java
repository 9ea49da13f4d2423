package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which trainers of which nodes worked when, as the nodes' logs tell; all nodes have the clock of this machine. */
final class Placements {
    private static final Pattern LINE = Pattern.compile(
            "^(\\S+) \\w+ +Trainer run=\\S+ job=(\\S+) (?:begins at step (\\d+) of \\d+, placement (\\d+)|step=(\\d+) .*)$",
            Pattern.MULTILINE);

    /**
     * A placement of a job.
     *
     * @param begun when; texts of times are in the order of the times
     * @param from the step that it began at
     * @param steps when it told of which step
     */
    record Placement(
            String job, int number, TestCluster.Node node, String begun, int from, Map<Integer, String> steps) {}

    private final List<Placement> placements = new ArrayList<>();

    private Placements() {}

    static Placements of(TestCluster cluster) {
        Placements read = new Placements();
        cluster.nodes().forEach(read::add);
        return read;
    }

    private void add(TestCluster.Node node) {
        Map<String, Placement> last = new HashMap<>();
        Matcher line = LINE.matcher(node.log());
        while (line.find()) {
            String job = line.group(2);
            if (line.group(3) != null) {
                Placement placement = new Placement(
                        job,
                        Integer.parseInt(line.group(4)),
                        node,
                        line.group(1),
                        Integer.parseInt(line.group(3)),
                        new HashMap<>());
                placements.add(placement);
                last.put(job, placement);
            } else {
                Placement placement = last.get(job);
                assertThat(placement)
                        .as("what step %s of %s is of", line.group(5), job)
                        .isNotNull();
                placement.steps().put(Integer.parseInt(line.group(5)), line.group(1));
            }
        }
    }

    /** The placements of a job, in the order of their numbers. */
    List<Placement> of(String job) {
        return placements.stream()
                .filter(one -> one.job().equals(job))
                .sorted(Comparator.comparingInt(Placement::number))
                .toList();
    }

    /** The newest placement of a job. */
    Optional<Placement> newest(String job) {
        List<Placement> all = of(job);
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /** A job that a node trains, as far as the logs tell. */
    Optional<Placement> on(TestCluster.Node node) {
        return DisturbedRun.JOBS.stream()
                .flatMap(job -> newest(job).stream())
                .filter(one -> one.node() == node)
                .findFirst();
    }

    /** Each began no further back than so many steps before the last that any before it told of. */
    void assertLostAtMost(int steps) {
        for (String job : DisturbedRun.JOBS) {
            int told = 0;
            for (Placement one : of(job)) {
                assertThat(one.from())
                        .as("%s, when step %d was told of", one, told)
                        .isGreaterThanOrEqualTo(told - steps);
                told = Math.max(told, one.from());
                told = one.steps().keySet().stream().reduce(told, Math::max);
            }
        }
    }

    /** No number was given twice, and none told of a step when a later one had begun. */
    void assertOneWriterAtATime() {
        for (String job : DisturbedRun.JOBS) {
            List<Placement> all = of(job);
            assertThat(all).as(job).isNotEmpty();
            assertThat(all.stream().map(Placement::number)).as(job).doesNotHaveDuplicates();
            for (int i = 1; i < all.size(); i++) {
                Placement later = all.get(i);
                for (Placement earlier : all.subList(0, i)) {
                    assertThat(earlier.steps().values())
                            .as("steps of %s, when %s has begun", earlier, later)
                            .allMatch(time -> time.compareTo(later.begun()) <= 0);
                }
            }
        }
    }
}
