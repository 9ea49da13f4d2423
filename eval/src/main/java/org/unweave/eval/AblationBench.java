package org.unweave.eval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/** Times SCR and TPP of random SAEs by the closed form, and by encoding anew for each number of latents. */
public final class AblationBench {
    private AblationBench() {}

    /**
     * Seconds, unless it says otherwise.
     *
     * @param shared activations and probes, made once for all SAEs
     * @param closed the median of both evaluations of an SAE, with everything that goes into their reports
     * @param literal the scores alone, of the same SAE, as the reference makes them: a text, with its padding, is encoded
     *     anew for each list of latents, each n, and in SCR each list of texts. Attribution encodes each text once here,
     *     where the reference does so for each probe
     * @param several both evaluations of all the SAEs, one after another
     * @param largestDifference between the scores of the two ways
     */
    public record Result(
            int features,
            int k,
            int threads,
            int saes,
            double shared,
            double closed,
            double literal,
            double several,
            double largestDifference) {

        /** How much faster the closed form is. */
        public double speedup() {
            return literal / closed;
        }

        /** What the SAEs take together, over what one takes, the shared part counted once in each. */
        public double growth() {
            return (shared + several) / (shared + closed);
        }
    }

    /**
     * @param device computes for the SAEs; the session has its own for the model
     * @param saes at least 1
     */
    public static Result run(EvalSession session, Device device, int threads, int features, int k, int saes) {
        Evaluation scr = session.evaluation(ScrEval.NAME, device);
        Evaluation tpp = session.evaluation(TppEval.NAME, device);
        long start = System.nanoTime();
        scr.prepare();
        tpp.prepare();
        double shared = seconds(start);
        List<Double> each = new ArrayList<>();
        double several = 0;
        double literal = 0;
        double difference = 0;
        for (int n = 0; n < saes; n++) {
            try (FrozenSae sae =
                    RandomSae.create(features, k, mean(session.model().width()), n)) {
                Subject subject = new Subject("bench", "random-" + n, 0, "random", 0, sae);
                long before = System.nanoTime();
                EvalReport bySae = scr.evaluate(subject);
                EvalReport byTpp = tpp.evaluate(subject);
                each.add(seconds(before));
                several += seconds(before);
                if (n == 0) {
                    long literally = System.nanoTime();
                    List<Map<String, Double>> scores = literal(session, subject, device);
                    literal = seconds(literally);
                    difference = Math.max(
                            difference(bySae, ScrEval.NAME, scores, true),
                            difference(byTpp, TppEval.NAME, scores, false));
                }
            }
        }
        each.sort(Double::compare);
        return new Result(features, k, threads, saes, shared, each.get(each.size() / 2), literal, several, difference);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    /** Not 0, so that latents are active at 0. */
    private static float[] mean(int width) {
        Draws draws = new Draws(1, "bench mean");
        float[] mean = new float[width];
        for (int i = 0; i < width; i++) {
            mean[i] = (float) (5 * draws.gaussian());
        }
        return mean;
    }

    /** The scores of each pair and then of each set. */
    private static List<Map<String, Double>> literal(EvalSession session, Subject subject, Device device) {
        AblationSettings settings = new AblationSettings(session);
        List<Integer> nValues = settings.nValues(subject);
        int context = settings.config().contextTokens();
        List<Map<String, Double>> scores = new ArrayList<>();
        try (Workspace workspace = new Workspace(device.ops())) {
            for (String dataset : settings.config().scrDatasets()) {
                ScrTexts texts = session.scr(dataset);
                PooledLatents latents = PooledLatents.of(texts.set(), subject, workspace);
                for (ScrTexts.Pair pair : texts.pairs()) {
                    scores.add(literal(texts, pair, latents, settings, subject, workspace));
                }
            }
            for (String dataset : settings.config().tppDatasets()) {
                TppTexts texts = session.tpp(dataset);
                PooledLatents latents = PooledLatents.of(texts.set(), subject, workspace);
                Ablation ablation = new LiteralAblation(texts.set(), subject, context, workspace);
                List<Ablation.Reader> readers = new ArrayList<>();
                List<int[]> ranked = new ArrayList<>();
                for (TppTexts.ClassTask task : texts.classes()) {
                    Ablation.Reader reader = Ablation.Reader.of(task.probed().probe(), subject, workspace);
                    readers.add(reader);
                    ranked.add(Attribution.of(
                                    latents.means(),
                                    task.attribution(),
                                    reader.alignmentF(),
                                    Attribution.Measure.SIGNED)
                            .largest(settings.most()));
                }
                scores.add(new TppOutcomes(texts, ablation, nValues, ranked, readers, Ablation.Padding.ENCODED)
                        .scores(Outcomes.once(texts.set().texts())));
            }
        }
        return scores;
    }

    /** Each of the three probes has its latents ablated in the texts of all three, whether the scores need it or not. */
    private static Map<String, Double> literal(
            ScrTexts texts,
            ScrTexts.Pair pair,
            PooledLatents latents,
            AblationSettings settings,
            Subject subject,
            Workspace workspace) {
        List<Integer> nValues = settings.nValues(subject);
        Ablation.Reader biased = Ablation.Reader.of(pair.biased().probe(), subject, workspace);
        List<ProbedTask> tasks = List.of(pair.main(), pair.secondary(), pair.biased());
        List<int[]> ranked = tasks.stream()
                .map(task ->
                        ScrEval.attribution(task, latents, subject, workspace).largest(settings.most()))
                .toList();
        // The outcomes ablate the main latents in the second attribute's texts and the reverse; here is the rest.
        for (int ablated = 0; ablated < tasks.size(); ablated++) {
            for (int asked = 0; asked < tasks.size(); asked++) {
                if (ablated == asked || ablated == 2 || asked == 2) {
                    literal(texts, settings, subject, workspace)
                            .right(
                                    ranked.get(ablated),
                                    nValues,
                                    biased,
                                    tasks.get(asked).task().test(),
                                    Ablation.Padding.ENCODED);
                }
            }
        }
        return new ScrOutcomes(
                        pair,
                        literal(texts, settings, subject, workspace),
                        nValues,
                        ranked.get(1),
                        ranked.get(0),
                        biased,
                        Ablation.Padding.ENCODED)
                .scores(Outcomes.once(texts.set().texts()));
    }

    private static Ablation literal(ScrTexts texts, AblationSettings settings, Subject subject, Workspace workspace) {
        return new LiteralAblation(texts.set(), subject, settings.config().contextTokens(), workspace);
    }

    /** The largest difference of a mean over pairs or sets. */
    private static double difference(EvalReport report, String evaluation, List<Map<String, Double>> all, boolean scr) {
        List<Map<String, Double>> ofThis = all.stream()
                .filter(scores -> scores.keySet().iterator().next().startsWith("scr") == scr)
                .toList();
        double largest = 0;
        for (String key : ofThis.stream()
                .map(Map::keySet)
                .flatMap(Collection::stream)
                .distinct()
                .toList()) {
            double mean = ofThis.stream()
                    .filter(scores -> scores.containsKey(key))
                    .mapToDouble(scores -> scores.get(key))
                    .average()
                    .orElseThrow();
            double found = report.json()
                    .path("eval_result_metrics")
                    .path(evaluation + "_metrics")
                    .path(key)
                    .doubleValue();
            largest = Math.max(largest, Math.abs(mean - found));
        }
        return largest;
    }
}
