package org.unweave.eval.report;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.unweave.eval.report.MetricsLine.Split;

/**
 * One line of the result table. A number that is not there is NaN.
 *
 * @param step the newest evaluated step; -1 if none was
 * @param alive the share of features that fired during the core evaluation
 * @param accuracies probing accuracy by the number of latents, averaged over the datasets
 * @param datasets top-5 accuracy by dataset
 * @param scores of the evaluations by intervention, by the column's name, each of its own newest step
 * @param failure why the job failed; empty if it did not
 * @param remark a sentence on the job's state, without its name; empty if there is nothing to say
 */
record ResultRow(
        String name,
        Kind kind,
        long step,
        double l0,
        double varianceExplained,
        double crossEntropyRecovered,
        double alive,
        Map<Integer, Double> accuracies,
        Map<String, Double> datasets,
        Map<String, Double> scores,
        double heldOutL0,
        double targetL0,
        String failure,
        String remark) {

    static final int[] LATENTS = {1, 2, 5};
    private static final int[] ABLATED = {5, 20, 100};
    /** An SAE this far from the L0 it was asked for is another trade-off, not a better or worse one. */
    private static final double L0_TOLERANCE = 0.10;

    enum Kind {
        JOB,
        CONTROL,
        MODEL
    }

    ResultRow {
        accuracies = Collections.unmodifiableMap(new LinkedHashMap<>(accuracies));
        datasets = Collections.unmodifiableMap(new LinkedHashMap<>(datasets));
        scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
    }

    static ResultRow sae(RunFiles run, String name) {
        long step = run.evaluations().stream()
                .filter(result -> result.sae().equals(name))
                .filter(result -> result.evaluation().equals(Evaluation.CORE)
                        || result.evaluation().equals(Evaluation.SPARSE_PROBING))
                .mapToLong(Evaluation::step)
                .max()
                .orElse(-1);
        Evaluation core = at(run, Evaluation.CORE, name, step);
        Evaluation probing = at(run, Evaluation.SPARSE_PROBING, name, step);
        JobState state = run.job(name).map(JobFiles::state).orElse(JobState.of(RunFiles.none()));
        double l0 = core.metric("sparsity", "l0");
        return new ResultRow(
                name,
                Evaluation.control(name) ? Kind.CONTROL : Kind.JOB,
                step,
                l0,
                core.metric("reconstruction_quality", "variance_explained"),
                core.metric("model_performance_preservation", "ce_loss_score"),
                core.metric("misc_metrics", "frac_alive"),
                accuracies(probing, "sae", "sae"),
                probing.perDataset("sae_top_5_test_accuracy"),
                scores(run, name),
                heldOutL0(run, name, l0),
                state.targetL0(),
                failure(state),
                run.job(name).isPresent() ? remark(state) : "");
    }

    /** The model's own coordinates, probed in the same way. They are the same for every SAE of a run. */
    static ResultRow model(Evaluation probing) {
        return baseline(
                "model (no SAE)", accuracies(probing, "llm", "llm"), probing.perDataset("llm_top_5_test_accuracy"));
    }

    /** The same, by probes whose training labels were shuffled. */
    static ResultRow shuffled(Evaluation probing) {
        return baseline("labels shuffled", accuracies(probing, "unweave", "shuffled"), Map.of());
    }

    private static ResultRow baseline(String name, Map<Integer, Double> accuracies, Map<String, Double> datasets) {
        return new ResultRow(
                name,
                Kind.MODEL,
                -1,
                Double.NaN,
                Double.NaN,
                Double.NaN,
                Double.NaN,
                accuracies,
                datasets,
                Map.of(),
                Double.NaN,
                Double.NaN,
                "",
                "");
    }

    boolean offTarget() {
        return kind == Kind.JOB && targetL0 > 0 && Math.abs(heldOutL0 - targetL0) > L0_TOLERANCE * targetL0;
    }

    boolean ranked() {
        return kind == Kind.JOB && failure.isEmpty() && !offTarget();
    }

    double accuracy(int latents) {
        return accuracies.getOrDefault(latents, Double.NaN);
    }

    boolean evaluated() {
        return step >= 0 || kind == Kind.MODEL;
    }

    private static Map<String, Double> scores(RunFiles run, String name) {
        Map<String, Double> scores = new LinkedHashMap<>();
        for (int n : ABLATED) {
            put(scores, "SCR " + n, newest(run, Score.SCR, name, n));
        }
        for (int n : ABLATED) {
            put(scores, "TPP " + n, newest(run, Score.TPP, name, n));
        }
        put(scores, "unlearning", newest(run, Score.UNLEARNING, name, 0));
        return scores;
    }

    /** These evaluations are made when somebody asks for them, and not always of the step that core was. */
    private static double newest(RunFiles run, Score score, String name, int size) {
        return run.newest(score.evaluation(), name)
                .map(result -> score.of(result, size))
                .orElse(Double.NaN);
    }

    private static void put(Map<String, Double> scores, String column, double value) {
        if (Double.isFinite(value)) {
            scores.put(column, value);
        }
    }

    private static Evaluation at(RunFiles run, String evaluation, String name, long step) {
        return run.evaluations(evaluation, name).stream()
                .filter(result -> result.step() == step)
                .min(Comparator.comparingLong(Evaluation::seed))
                .orElse(new Evaluation(evaluation, name, step, -1, RunFiles.none()));
    }

    private static Map<Integer, Double> accuracies(Evaluation probing, String group, String side) {
        Map<Integer, Double> accuracies = new LinkedHashMap<>();
        for (int latents : LATENTS) {
            accuracies.put(latents, probing.metric(group, side + "_top_" + latents + "_test_accuracy"));
        }
        return accuracies;
    }

    /** Training measures it on held-out rows all along; the core evaluation, on other held-out text, stands in. */
    private static double heldOutL0(RunFiles run, String name, double otherwise) {
        return run.job(name)
                .map(job -> job.newest(Split.HELD_OUT))
                .map(MetricsLine::l0)
                .filter(Double::isFinite)
                .orElse(otherwise);
    }

    private static String failure(JobState state) {
        if (!state.failed()) {
            return "";
        }
        return "failed: "
                + (state.reason().isBlank()
                        ? "no reason recorded"
                        : state.reason().strip());
    }

    private static String remark(JobState state) {
        if (state.done() || state.failed()) {
            return "";
        }
        if (state.state().equals(JobState.UNKNOWN)) {
            return "no state recorded";
        }
        String reached = state.step() < 0 ? "" : " at step " + Numbers.whole(state.step());
        return state.state() + reached + (state.steps() < 0 ? "" : " of " + Numbers.whole(state.steps()));
    }
}
