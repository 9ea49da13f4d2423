package org.unweave.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.math.Device;
import org.unweave.model.math.Quantile;
import org.unweave.model.math.Workspace;

/**
 * What the terms of the report's runs claim to move, measured anew and in the same way for every SAE, whatever it was
 * trained with. It is no score, and not of SAEBench. The texts are a run's labelled ones for development, h a latent's mean
 * over a text's tokens; two probes on h, of the spurious and of the main label, are fitted afresh on three quarters of the
 * texts and tested on the rest, four times:
 *
 * <ul>
 *   <li>{@code nearest_cosine}: the mean, over the latents that fire in the texts, of the largest cosine of a latent's decoder
 *       row with another's; {@code similarity_tail}: the mean of {@code sum_{j != i} max(0, c_ij - 0.2)^2};
 *   <li>{@code spurious_accuracy} and {@code main_accuracy} of the probes; {@code bulk_spurious_accuracy} of one that sees only
 *       the latents that are not among those that tell most, which are those whose {@code |w_i| mean h_i} is above the 85th
 *       percentile of those above 0;
 *   <li>{@code top_share}: the share of the sum of {@code |w_i| mean h_i} that those have;
 *   <li>{@code top_squared_cosine}: the mean square of the cosines of their decoder rows;
 *   <li>{@code contrast}: over {@code h - mean h}, the mean cosine of texts of one main label and different spurious ones, less
 *       that of texts of different main labels and the same spurious one.
 * </ul>
 */
final class MechanismEval implements Evaluation {
    static final String NAME = "mechanisms";

    private static final String VERSION = "1";
    private static final int FOLDS = 4;
    private static final double TAIL_FROM = 0.2;

    private final EvalSession session;
    private final Device device;

    MechanismEval(EvalSession session, Device device) {
        this.session = session;
        this.device = device;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String inputs() {
        return VERSION + "\n" + new AttributionEval(session, device).inputs();
    }

    @Override
    public void prepare() {
        session.development();
    }

    @Override
    public EvalReport evaluate(Subject subject) {
        session.requireFits(subject);
        AttributionTexts texts = session.development();
        Map<String, Double> found;
        try (Workspace workspace = new Workspace(device.ops())) {
            PooledLatents pooled = PooledLatents.of(texts.set(), subject, workspace);
            LabelledCodes codes = LabelledCodes.of(texts, pooled.means(), FOLDS);
            int[] alive = IntStream.range(0, codes.features())
                    .filter(latent -> pooled.firingRate(latent) > 0)
                    .toArray();
            found = measure(codes, alive, new DecoderCosines(subject.sae(), workspace.ops()));
        }
        ObjectNode metrics = JsonNodeFactory.instance.objectNode();
        ObjectNode group = metrics.putObject(NAME);
        found.forEach(group::put);
        return session.frame()
                .report(
                        NAME,
                        subject,
                        found,
                        config(texts),
                        metrics,
                        JsonNodeFactory.instance.arrayNode(),
                        JsonNodeFactory.instance.objectNode());
    }

    private ObjectNode config(AttributionTexts texts) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("dataset_name", texts.set().name());
        json.put("part", "development");
        json.put("folds", FOLDS);
        json.put("tail_from", TAIL_FROM);
        json.put("context_length", session.config().scrTpp().contextTokens());
        json.put("model_name", session.model().name());
        json.put("largest_norm", session.largestNorm());
        json.set("texts_used", texts.set().usage());
        return json;
    }

    private static Map<String, Double> measure(LabelledCodes texts, int[] alive, DecoderCosines cosines) {
        double main = 0;
        double spurious = 0;
        double bulk = 0;
        for (int fold = 0; fold < FOLDS; fold++) {
            LabelledCodes fitted = texts.others(fold);
            LabelledCodes tested = texts.fold(fold);
            main += WideProbe.fit(fitted.codesNF(), fitted.main()).accuracy(tested.codesNF(), tested.main());
            WideProbe probe = WideProbe.fit(fitted.codesNF(), fitted.spurious());
            spurious += probe.accuracy(tested.codesNF(), tested.spurious());
            int[] telling = Telling.of(probe, fitted).latents();
            bulk += WideProbe.fit(fitted.without(telling).codesNF(), fitted.spurious())
                    .accuracy(tested.without(telling).codesNF(), tested.spurious());
        }
        Telling telling = Telling.of(WideProbe.fit(texts.codesNF(), texts.spurious()), texts);
        DecoderCosines.Alike all = cosines.of(alive, TAIL_FROM);
        Map<String, Double> found = new LinkedHashMap<>();
        found.put("latents", (double) alive.length);
        found.put("nearest_cosine", all.nearest());
        found.put("similarity_tail", all.tail());
        found.put("main_accuracy", main / FOLDS);
        found.put("spurious_accuracy", spurious / FOLDS);
        found.put("bulk_spurious_accuracy", bulk / FOLDS);
        found.put("top_latents", (double) telling.latents().length);
        found.put("top_share", telling.share());
        found.put("top_squared_cosine", cosines.of(telling.latents(), TAIL_FROM).square());
        found.put("contrast", contrast(texts));
        return found;
    }

    /** The latents that tell most of the spurious label, and their share of all that is told. */
    private record Telling(List<Integer> telling, double share) {

        static Telling of(WideProbe probe, LabelledCodes texts) {
            double[] attributionF = probe.weightF();
            double[] meanF = texts.meanF();
            double sum = 0;
            for (int f = 0; f < attributionF.length; f++) {
                attributionF[f] = Math.abs(attributionF[f]) * meanF[f];
                sum += attributionF[f];
            }
            List<Double> positive = Arrays.stream(attributionF)
                    .filter(attribution -> attribution > 0)
                    .sorted()
                    .boxed()
                    .toList();
            double threshold = positive.isEmpty() ? 0 : Quantile.of(positive, AttributionSnapshot.PERCENTILE);
            List<Integer> telling = new ArrayList<>();
            double most = 0;
            for (int f = 0; f < attributionF.length; f++) {
                if (attributionF[f] > threshold) {
                    telling.add(f);
                    most += attributionF[f];
                }
            }
            return new Telling(telling, sum > 0 ? most / sum : 0);
        }

        int[] latents() {
            return telling.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private static double contrast(LabelledCodes texts) {
        double[][] unitNF = centredUnits(texts);
        boolean[] main = texts.main();
        boolean[] spurious = texts.spurious();
        double alike = 0;
        double apart = 0;
        int alikes = 0;
        int aparts = 0;
        for (int a = 0; a < unitNF.length; a++) {
            for (int b = 0; b < a; b++) {
                if (main[a] == main[b] ^ spurious[a] == spurious[b]) {
                    double cosine = 0;
                    for (int f = 0; f < unitNF[a].length; f++) {
                        cosine += unitNF[a][f] * unitNF[b][f];
                    }
                    alike += main[a] == main[b] ? cosine : 0;
                    alikes += main[a] == main[b] ? 1 : 0;
                    apart += main[a] == main[b] ? 0 : cosine;
                    aparts += main[a] == main[b] ? 0 : 1;
                }
            }
        }
        return alike / alikes - apart / aparts;
    }

    private static double[][] centredUnits(LabelledCodes texts) {
        double[] meanF = texts.meanF();
        double[][] unitNF = new double[texts.count()][meanF.length];
        for (int n = 0; n < unitNF.length; n++) {
            double sum = 0;
            for (int f = 0; f < meanF.length; f++) {
                unitNF[n][f] = texts.codesNF()[n][f] - meanF[f];
                sum += unitNF[n][f] * unitNF[n][f];
            }
            for (int f = 0; f < meanF.length; f++) {
                unitNF[n][f] /= sum > 0 ? Math.sqrt(sum) : 1;
            }
        }
        return unitNF;
    }
}
