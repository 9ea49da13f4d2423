package org.unweave.eval.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.unweave.eval.report.Score.Spread;

/**
 * The variants of a run beside one another, each as the mean over its training seeds with their spread. Only what was
 * measured at a job's end counts. A job that missed its L0 is another trade-off than the one that was asked for: it is named
 * and not ranked, nor are controls.
 *
 * <p>The rank is the mean of an entry's places by {@link Measure#HEADLINES}, as far as all that are ranked beside it have
 * them; entries of different target L0 are ranked apart.
 */
record Leaderboard(List<Entry> entries, List<Measure> measures, List<String> notes) {

    /** Why an entry has a rank, or none. */
    enum Standing {
        RANKED,
        /** All that were judged at their end missed their L0. */
        OFF_TARGET,
        /** No job of it was judged at its end. */
        UNFINISHED,
        CONTROL
    }

    /**
     * One variant, with the settings that its jobs have in common.
     *
     * @param jobs the names of those that the numbers are of
     * @param all how many jobs it has
     * @param rank the mean of its places; NaN where it has none
     */
    record Entry(
            String name,
            Standing standing,
            List<String> jobs,
            int all,
            double targetL0,
            double rank,
            Map<Measure, Spread> scores) {
        Spread score(Measure measure) {
            return scores.getOrDefault(measure, Spread.of(List.of()));
        }

        private Entry ranked(double newRank) {
            return new Entry(name, standing, jobs, all, targetL0, newRank, scores);
        }
    }

    Leaderboard {
        entries = List.copyOf(entries);
        measures = List.copyOf(measures);
        notes = List.copyOf(notes);
    }

    static Leaderboard of(RunFiles run) {
        List<String> notes = new ArrayList<>();
        List<Entry> entries = new ArrayList<>();
        run.byTrainingSeed().forEach((name, saes) -> entries.add(entry(run, name, saes, notes)));
        List<Measure> measures = Measure.SUMMARY.stream()
                .filter(measure ->
                        entries.stream().anyMatch(entry -> entry.score(measure).known()))
                .toList();
        return new Leaderboard(ranked(entries), measures, notes);
    }

    /** Whether nothing was judged at its end yet. */
    boolean isEmpty() {
        return entries.stream()
                .noneMatch(entry -> entry.standing() == Standing.RANKED || entry.standing() == Standing.OFF_TARGET);
    }

    /** Whether an entry is the mean of several jobs. */
    boolean hasSeeds() {
        return entries.stream().anyMatch(entry -> entry.all() > 1);
    }

    private static Entry entry(RunFiles run, String name, List<String> saes, List<String> notes) {
        if (Evaluation.control(name)) {
            return new Entry(name, Standing.CONTROL, saes, saes.size(), Double.NaN, Double.NaN, scores(run, saes));
        }
        List<String> judged = saes.stream()
                .filter(sae -> Measure.ALL.stream()
                        .anyMatch(measure -> Double.isFinite(measure.of(run, sae, step -> atEnd(run, sae, step)))))
                .toList();
        List<String> off = judged.stream()
                .filter(sae -> ResultRow.sae(run, sae).offTarget())
                .toList();
        for (String sae : off) {
            ResultRow row = ResultRow.sae(run, sae);
            notes.add(sae + " missed its L0, " + Numbers.fixed(row.heldOutL0(), 1) + " for "
                    + Numbers.significant(row.targetL0()) + ", and is not ranked.");
        }
        if (judged.size() < saes.size()) {
            notes.add(name + ": "
                    + saes.stream().filter(sae -> !judged.contains(sae)).collect(Collectors.joining(", "))
                    + (saes.size() - judged.size() == 1 ? " was" : " were") + " not judged at the end.");
        }
        List<String> onTarget =
                judged.stream().filter(sae -> !off.contains(sae)).toList();
        double target =
                run.job(saes.getFirst()).map(job -> job.state().targetL0()).orElse(Double.NaN);
        Standing standing =
                !onTarget.isEmpty() ? Standing.RANKED : off.isEmpty() ? Standing.UNFINISHED : Standing.OFF_TARGET;
        List<String> counted = onTarget.isEmpty() ? off : onTarget;
        return new Entry(name, standing, counted, saes.size(), target, Double.NaN, scores(run, counted));
    }

    private static Map<Measure, Spread> scores(RunFiles run, List<String> saes) {
        Map<Measure, Spread> scores = new LinkedHashMap<>();
        for (Measure measure : Measure.SUMMARY) {
            Spread spread = Spread.of(saes.stream()
                    .map(sae -> measure.of(run, sae, step -> atEnd(run, sae, step)))
                    .toList());
            if (spread.known()) {
                scores.put(measure, spread);
            }
        }
        return scores;
    }

    /** Results on what no job of the run trained have no end to wait for. */
    private static boolean atEnd(RunFiles run, String sae, long step) {
        return run.job(sae)
                .map(job -> job.state().steps() > 0 && step >= job.state().steps())
                .orElse(true);
    }

    private static List<Entry> ranked(List<Entry> entries) {
        Map<Double, List<Entry>> byTarget = entries.stream()
                .filter(entry -> entry.standing() == Standing.RANKED)
                .collect(Collectors.groupingBy(Entry::targetL0, LinkedHashMap::new, Collectors.toList()));
        return entries.stream()
                .map(entry -> entry.standing() == Standing.RANKED
                        ? entry.ranked(rank(entry, byTarget.getOrDefault(entry.targetL0(), List.of())))
                        : entry)
                .sorted(Comparator.comparing(Entry::standing)
                        .thenComparingDouble(entry -> Double.isNaN(entry.targetL0()) ? 0 : entry.targetL0())
                        .thenComparingDouble(entry -> Double.isNaN(entry.rank()) ? 0 : entry.rank())
                        .thenComparing(Entry::name, RunFiles.NATURAL_ORDER))
                .toList();
    }

    private static double rank(Entry entry, List<Entry> beside) {
        if (beside.size() < 2) {
            return Double.NaN;
        }
        return Measure.HEADLINES.stream()
                .filter(measure ->
                        beside.stream().allMatch(other -> other.score(measure).known()))
                .mapToDouble(measure -> place(entry, beside, measure))
                .average()
                .orElse(Double.NaN);
    }

    /** 1 for the best; those with the same number share the mean of their places. */
    private static double place(Entry entry, List<Entry> beside, Measure measure) {
        double own = entry.score(measure).mean();
        long better = beside.stream()
                .filter(other -> other.score(measure).mean() > own)
                .count();
        long same = beside.stream()
                .filter(other -> other.score(measure).mean() == own)
                .count();
        return better + (same + 1) / 2.0;
    }

    /** Whether an entry has the best mean of those that are ranked beside it. */
    boolean best(Entry entry, Measure measure) {
        return entry.standing() == Standing.RANKED
                && measure.comparable()
                && entry.score(measure).known()
                && !Double.isNaN(entry.rank())
                && entries.stream()
                        .filter(other -> other.standing() == Standing.RANKED && other.targetL0() == entry.targetL0())
                        .noneMatch(other -> other.score(measure).mean()
                                > entry.score(measure).mean());
    }
}
