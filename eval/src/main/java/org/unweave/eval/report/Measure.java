package org.unweave.eval.report;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.LongPredicate;
import java.util.function.ToDoubleFunction;

/**
 * One number that an evaluation gives of an SAE.
 *
 * @param label as a table's column is headed
 * @param axis as a plot's axis is titled
 * @param decimals that are printed
 * @param comparable whether the larger one is the better one
 */
record Measure(
        String label,
        String axis,
        String evaluation,
        ToDoubleFunction<Evaluation> value,
        int decimals,
        boolean comparable) {

    static final Measure L0 = core("L0", "sparsity", "l0", 1, false);
    static final Measure VARIANCE_EXPLAINED =
            core("variance explained", "reconstruction_quality", "variance_explained", 3, true);
    static final Measure RECOVERED = core("CE recovered", "model_performance_preservation", "ce_loss_score", 3, true);
    static final Measure PROBING = of("top-5", "top-5 probing accuracy", Score.SPARSE_PROBING, 5);
    static final Measure SCR = of("SCR 20", "SCR score, 20 latents", Score.SCR, 20);
    static final Measure TPP = of("TPP 20", "TPP score, 20 latents", Score.TPP, 20);
    static final Measure UNLEARNING = of("unlearning", "unlearning score", Score.UNLEARNING, 0);

    /** What SAEs are ranked by, and drawn against L0: a number of each evaluation. */
    static final List<Measure> HEADLINES = List.of(RECOVERED, PROBING, SCR, TPP, UNLEARNING);

    private static final Measure ALIVE = core("alive", "misc_metrics", "frac_alive", 3, true);

    /** Those that stand for all where there is room for few. */
    static final List<Measure> SUMMARY =
            List.of(L0, VARIANCE_EXPLAINED, RECOVERED, ALIVE, PROBING, SCR, TPP, UNLEARNING);

    /** All, in the order of a table's columns. */
    static final List<Measure> ALL = List.of(
            L0,
            VARIANCE_EXPLAINED,
            RECOVERED,
            ALIVE,
            of("top-1", "top-1 probing accuracy", Score.SPARSE_PROBING, 1),
            of("top-2", "top-2 probing accuracy", Score.SPARSE_PROBING, 2),
            PROBING,
            of("SCR 5", "SCR score, 5 latents", Score.SCR, 5),
            SCR,
            of("SCR 100", "SCR score, 100 latents", Score.SCR, 100),
            of("TPP 5", "TPP score, 5 latents", Score.TPP, 5),
            TPP,
            of("TPP 100", "TPP score, 100 latents", Score.TPP, 100),
            UNLEARNING);

    private static Measure core(String label, String group, String key, int decimals, boolean comparable) {
        return new Measure(label, label, Evaluation.CORE, result -> result.metric(group, key), decimals, comparable);
    }

    private static Measure of(String label, String axis, Score score, int size) {
        return new Measure(label, axis, score.evaluation(), result -> score.of(result, size), 3, true);
    }

    /** Its mean over the evaluation's seeds, at the newest step of those that count; NaN where it is not there. */
    double of(RunFiles run, String sae, LongPredicate counts) {
        List<Evaluation> results = run.evaluations(evaluation, sae).stream()
                .filter(result -> counts.test(result.step()))
                .filter(result -> Double.isFinite(value.applyAsDouble(result)))
                .toList();
        long newest = results.stream().mapToLong(Evaluation::step).max().orElse(-1);
        OptionalDouble mean = results.stream()
                .filter(result -> result.step() == newest)
                .mapToDouble(value)
                .average();
        return mean.orElse(Double.NaN);
    }

    /** The same, at whatever step it was measured last. */
    double newest(RunFiles run, String sae) {
        return of(run, sae, step -> true);
    }

    String format(double number) {
        return Numbers.fixed(number, decimals);
    }
}
