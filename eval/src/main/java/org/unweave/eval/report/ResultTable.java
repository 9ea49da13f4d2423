package org.unweave.eval.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.unweave.eval.report.ResultRow.Kind;

/**
 * The table at the end of a run: each SAE at its newest evaluated step, the random control, and the model's own
 * coordinates probed in the same way.
 */
public final class ResultTable {
    static final String SCORES_NOTE =
            "SCR n: share of a probe's bias that goes when the n latents of the spurious attribute "
                    + "are ablated. TPP n: what ablating the n latents of a class costs its own probe, less what it costs the "
                    + "others. unlearning: 1 - the least accuracy on what is to be forgotten within the side-effect gate.";

    private final String run;
    private final List<ResultRow> rows;

    private ResultTable(String run, List<ResultRow> rows) {
        this.run = run;
        this.rows = List.copyOf(rows);
    }

    /**
     * @throws RunFolderException if the folder is none of a run
     */
    public static ResultTable of(Path runFolder) {
        return of(RunFiles.read(runFolder));
    }

    public static ResultTable of(RunFiles run) {
        List<ResultRow> rows = new ArrayList<>();
        run.saes().forEach(name -> rows.add(ResultRow.sae(run, name)));
        // The baseline does not depend on the SAE; the newest step's result has the sizes of the rows above.
        run.newest(Evaluation.SPARSE_PROBING).stream()
                .max((one, other) -> Long.compare(one.step(), other.step()))
                .ifPresent(probing -> {
                    rows.add(ResultRow.model(probing));
                    ResultRow shuffled = ResultRow.shuffled(probing);
                    if (Double.isFinite(shuffled.accuracy(1))) {
                        rows.add(shuffled);
                    }
                });
        return new ResultTable(run.name(), rows);
    }

    /** The table as text of at most 100 columns, lines ended by {@code \n}. */
    public String text() {
        return ResultText.of(this);
    }

    /** The table as an HTML {@code <table>} of class {@code results}, with its footnotes. */
    public String html() {
        return ResultHtml.results(this);
    }

    /** SCR, TPP and unlearning as an HTML {@code <table>}; empty if there is none. */
    public String scoresHtml() {
        return ResultHtml.scores(this);
    }

    /** Top-5 accuracy by dataset as an HTML {@code <table>}; empty if nothing was probed. */
    public String datasetsHtml() {
        return ResultHtml.datasets(this);
    }

    String run() {
        return run;
    }

    List<ResultRow> rows() {
        return rows;
    }

    List<String> scores() {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.scores().keySet()));
        return List.copyOf(names);
    }

    List<String> datasets() {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.datasets().keySet()));
        return List.copyOf(names);
    }

    /** What is said below the table. */
    List<String> footnotes() {
        List<String> notes = new ArrayList<>();
        if (rows.isEmpty()) {
            notes.add("Nothing to show yet: the run has neither jobs nor evaluations.");
        }
        String offTarget = rows.stream()
                .filter(ResultRow::offTarget)
                .map(row -> row.name() + " " + Numbers.fixed(row.heldOutL0(), 1) + " for "
                        + Numbers.significant(row.targetL0()))
                .collect(Collectors.joining(", "));
        if (!offTarget.isEmpty()) {
            notes.add("* L0 off target, not ranked (held-out L0 for target): " + offTarget + ".");
        }
        for (ResultRow row : rows) {
            if (!row.remark().isEmpty()) {
                notes.add(row.name() + ": " + row.remark() + ".");
            }
        }
        return notes;
    }

    /**
     * The best value of a column among the ranked rows. Jobs of different target L0 are different trade-offs, so there
     * is none when the targets differ, and none when there is nothing to compare.
     */
    OptionalDouble best(ToDoubleFunction<ResultRow> column) {
        List<ResultRow> ranked = rows.stream()
                .filter(ResultRow::ranked)
                .filter(row -> Double.isFinite(column.applyAsDouble(row)))
                .toList();
        long targets = ranked.stream().map(ResultRow::targetL0).distinct().count();
        if (ranked.size() < 2 || targets != 1) {
            return OptionalDouble.empty();
        }
        return ranked.stream().mapToDouble(column).max();
    }

    boolean has(Kind kind) {
        return rows.stream().anyMatch(row -> row.kind() == kind);
    }
}
