package org.unweave.eval.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.unweave.eval.report.MetricsLine.Split;
import org.unweave.eval.report.Score.Spread;

/**
 * Several runs, or single jobs of runs, beside one another: what their configurations do not have in common, and what came
 * out. Jobs are matched by their names; where every side is one job, these are held against one another whatever their
 * names. Differences are to the first side.
 */
public final class Comparison {
    /** The name of the only row where single jobs are compared. */
    private static final String ONE_JOB = "job";

    /**
     * One side.
     *
     * @param label how it is called
     * @param job the only job that counts; empty for all
     */
    record Side(String label, RunFiles run, String job) {
        List<JobFiles> jobs() {
            return job.isEmpty() ? run.jobs() : List.of(run.requireJob(job));
        }
    }

    /**
     * Jobs that are held against one another.
     *
     * @param jobs one for each side; null where a side has none
     */
    record Row(String name, List<@Nullable JobFiles> jobs) {}

    /**
     * A number of a row, or of jobs that differ in their seeds.
     *
     * @param values for each side; their means where there are several jobs
     */
    record Line(String name, int decimals, List<Spread> values) {
        double value(int side) {
            return values.get(side).mean();
        }

        /** To the first side; NaN where one of them is missing. */
        double difference(int side) {
            return value(side) - value(0);
        }

        /** Whether a side's range and that of the first have values in common, so that the difference may be chance. */
        boolean overlaps(int side) {
            return values.get(side).least() <= values.getFirst().most()
                    && values.getFirst().least() <= values.get(side).most();
        }

        boolean known() {
            return values.stream().anyMatch(Spread::known);
        }
    }

    /**
     * Lines of the same jobs.
     *
     * @param counts how many jobs each side has of them
     */
    record Block(String name, List<Integer> counts, List<Line> lines) {}

    private final List<Side> sides;
    private final List<Row> rows;
    private final ConfigComparison config;

    private Comparison(List<Side> sides) {
        this.sides = List.copyOf(sides);
        this.rows = rows(sides);
        this.config = ConfigComparison.of(sides, rows);
    }

    /**
     * What is asked for.
     *
     * @param label how it is called
     * @param job empty for all of the run
     */
    public record Asked(String label, Path folder, String job) {}

    /**
     * @throws RunFolderException if a folder is none of a run, or has no such job
     */
    public static Comparison of(List<Asked> asked) {
        if (asked.size() < 2) {
            throw new RunFolderException(
                    "there is nothing to compare " + asked.getFirst().label() + " with; name another run or job");
        }
        Set<String> labels = new LinkedHashSet<>();
        List<Side> sides = new ArrayList<>();
        for (Asked one : asked) {
            RunFiles run = RunFiles.read(one.folder());
            if (!one.job().isEmpty()) {
                run.requireJob(one.job());
            }
            String label = one.label();
            for (int i = 2; !labels.add(label); i++) {
                label = one.label() + " (" + i + ")";
            }
            sides.add(new Side(label, run, one.job()));
        }
        return new Comparison(sides);
    }

    List<Side> sides() {
        return sides;
    }

    List<Row> rows() {
        return rows;
    }

    ConfigComparison config() {
        return config;
    }

    /** What could not be used of any side. */
    public List<String> problems() {
        return sides.stream()
                .flatMap(side -> side.run().problems().stream().map(problem -> side.label() + ": " + problem))
                .toList();
    }

    private static List<Row> rows(List<Side> sides) {
        if (sides.stream().noneMatch(side -> side.job().isEmpty())) {
            List<@Nullable JobFiles> jobs = new ArrayList<>();
            sides.forEach(side -> jobs.add(side.jobs().getFirst()));
            Set<String> names = new LinkedHashSet<>();
            sides.forEach(side -> names.add(side.job()));
            return List.of(new Row(names.size() == 1 ? names.iterator().next() : ONE_JOB, jobs));
        }
        Set<String> names = new LinkedHashSet<>();
        sides.forEach(side -> side.jobs().forEach(job -> names.add(job.name())));
        List<Row> rows = new ArrayList<>();
        for (String name : names.stream().sorted(RunFiles.NATURAL_ORDER).toList()) {
            List<@Nullable JobFiles> jobs = new ArrayList<>();
            for (Side side : sides) {
                jobs.add(side.jobs().stream()
                        .filter(job -> job.name().equals(name))
                        .findFirst()
                        .orElse(null));
            }
            rows.add(new Row(name, jobs));
        }
        return rows;
    }

    /** A block for each job. */
    List<Block> jobs() {
        return rows.stream().map(row -> block(row.name(), List.of(row))).toList();
    }

    /** A block for each set of jobs that differ in their training seed alone; none where no job has another seed. */
    List<Block> seeds() {
        Map<String, List<Row>> bySeed = new LinkedHashMap<>();
        rows.forEach(row -> bySeed.computeIfAbsent(RunFiles.withoutSeed(row.name()), name -> new ArrayList<>())
                .add(row));
        return bySeed.values().stream().noneMatch(same -> same.size() > 1)
                ? List.of()
                : bySeed.entrySet().stream()
                        .map(entry -> block(entry.getKey(), entry.getValue()))
                        .toList();
    }

    private Block block(String name, List<Row> same) {
        List<Integer> counts = new ArrayList<>();
        for (int side = 0; side < sides.size(); side++) {
            int index = side;
            counts.add((int)
                    same.stream().filter(row -> row.jobs().get(index) != null).count());
        }
        List<Line> lines = new ArrayList<>();
        for (Measure measure : Measure.ALL) {
            lines.add(line(measure.label(), measure.decimals(), same, (run, job) -> measure.newest(run, job.name())));
        }
        lines.add(line("held-out variance explained", 3, same, (run, job) -> heldOut(job, HeldOut.EXPLAINED)));
        lines.add(line("held-out L0", 1, same, (run, job) -> heldOut(job, HeldOut.L0)));
        lines.add(line("held-out loss", 4, same, (run, job) -> heldOut(job, HeldOut.LOSS)));
        lines.add(line("dead share", 3, same, (run, job) -> heldOut(job, HeldOut.DEAD)));
        lines.add(line("steps", 0, same, (run, job) -> count(job.state().step())));
        lines.add(line("seconds", 0, same, (run, job) -> job.state().seconds()));
        lines.add(line("rows/s", 0, same, (run, job) -> job.state().rowsPerSecond()));
        return new Block(name, counts, lines.stream().filter(Line::known).toList());
    }

    private enum HeldOut {
        EXPLAINED,
        L0,
        LOSS,
        DEAD
    }

    private static double heldOut(JobFiles job, HeldOut what) {
        MetricsLine newest = job.newest(Split.HELD_OUT);
        if (newest == null) {
            return Double.NaN;
        }
        return switch (what) {
            case EXPLAINED -> newest.varianceExplained();
            case L0 -> newest.l0();
            case LOSS -> newest.loss();
            case DEAD -> newest.deadShare();
        };
    }

    private static double count(long value) {
        return value < 0 ? Double.NaN : value;
    }

    private Line line(String name, int decimals, List<Row> same, BiFunction<RunFiles, JobFiles, Double> value) {
        List<Spread> values = new ArrayList<>();
        for (int side = 0; side < sides.size(); side++) {
            List<Double> numbers = new ArrayList<>();
            for (Row row : same) {
                JobFiles job = row.jobs().get(side);
                if (job != null) {
                    numbers.add(value.apply(sides.get(side).run(), job));
                }
            }
            values.add(Spread.of(numbers));
        }
        return new Line(name, decimals, values);
    }
}
