package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.config.EvalConfig.ScrTppConfig;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Workspace;

/**
 * How far the ablation of few latents cures a probe of a spurious correlation: SAEBench's {@code scr}.
 *
 * <p>For each pair of main values three probes are trained on the model's pooled activations: one for each attribute, and
 * a biased one for which the two attributes were the same. Latents of one attribute are chosen by the magnitude of their
 * {@link Attribution} to its probe and ablated; the biased probe should then answer for the other attribute.
 *
 * <p>Deviations: rows far above the usual norm are left out of the means and are not ablated; each text is encoded once,
 * see {@link ClosedFormAblation}; draws depend on set, pair and probe only; scores with random latents, an interval, and scores
 * without the padding stand beside SAEBench's. An SAE whose codes depend on the position has no single f(0), and would
 * need padding of its own.
 */
final class ScrEval implements Evaluation {
    static final String NAME = "scr";

    private final EvalSession session;
    private final Device device;
    private final AblationSettings settings;

    ScrEval(EvalSession session, Device device) {
        this.session = session;
        this.device = device;
        this.settings = new AblationSettings(session);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String inputs() {
        return settings.inputs(settings.config().scrDatasets().stream()
                .map(dataset -> session.scrSet(dataset).set())
                .toList());
    }

    @Override
    public void prepare() {
        settings.config().scrDatasets().forEach(session::scr);
    }

    @Override
    public EvalReport evaluate(Subject subject) {
        return measure(subject).report();
    }

    /** As {@link #evaluate}, with the attributions by set, pair and probe, as {@code bundle/x/a_b/main}. */
    AblationResult measure(Subject subject) {
        session.requireFits(subject);
        List<AblationScores.Part> parts = new ArrayList<>();
        Map<String, Attribution> attributions = new LinkedHashMap<>();
        Map<String, LabelledActivations> sets = new LinkedHashMap<>();
        ObjectNode pairs = JsonNodeFactory.instance.objectNode();
        try (Workspace workspace = new Workspace(device.ops())) {
            for (String dataset : settings.config().scrDatasets()) {
                ScrTexts texts = session.scr(dataset);
                sets.put(texts.set().name(), texts.set());
                ArrayNode ofSet = pairs.putArray(texts.set().name());
                texts.pairs().forEach(pair -> ofSet.addArray().add(pair.first()).add(pair.second()));
                parts.addAll(score(texts, subject, workspace, attributions));
            }
        }
        ObjectNode config = settings.json(
                sets,
                subject,
                4 * settings.config().scrTrainTexts(),
                4 * settings.config().scrTestTexts(),
                true);
        config.set("column1_vals_lookup", pairs);
        EvalReport report = settings.report(NAME, subject, keys(), parts, config, JsonNodeFactory.instance.nullNode());
        return new AblationResult(report, attributions);
    }

    private List<AblationScores.Part> score(
            ScrTexts texts, Subject subject, Workspace workspace, Map<String, Attribution> attributions) {
        LabelledActivations set = texts.set();
        PooledLatents latents = PooledLatents.of(set, subject, workspace);
        Ablation ablation =
                ClosedFormAblation.of(set, latents, subject, settings.config().contextTokens(), workspace);
        MatchedLatents matched = new MatchedLatents(latents);
        List<Integer> nValues = settings.nValues(subject);
        List<AblationScores.Part> parts = new ArrayList<>();
        for (ScrTexts.Pair pair : texts.pairs()) {
            String name = set.name() + "/" + pair.name();
            Attribution main = attribution(pair.main(), latents, subject, workspace);
            Attribution second = attribution(pair.secondary(), latents, subject, workspace);
            attributions.put(name + "/main", main);
            attributions.put(name + "/second", second);
            int[] ofMain = main.largest(settings.most());
            int[] ofSecond = second.largest(settings.most());
            Ablation.Reader biased = Ablation.Reader.of(pair.biased().probe(), subject, workspace);
            ScrOutcomes scores =
                    new ScrOutcomes(pair, ablation, nValues, ofSecond, ofMain, biased, Ablation.Padding.ENCODED);
            List<Outcomes> random = new ArrayList<>();
            for (int draw = 0; draw < settings.config().controlDraws(); draw++) {
                Draws draws = settings.draws(NAME, name, draw);
                int[] forSecond = matched.draw(ofSecond, draws);
                int[] forMain = matched.draw(ofMain, draws);
                List<Integer> possible =
                        AblationSettings.possible(nValues, List.of(ofSecond, ofMain), List.of(forSecond, forMain));
                random.add(new ScrOutcomes(
                        pair, ablation, possible, forSecond, forMain, biased, Ablation.Padding.ENCODED));
            }
            parts.add(new AblationScores.Part(
                    set.name() + "_scr_" + pair.name(),
                    set.name(),
                    set.texts(),
                    texts.strata(),
                    scores,
                    new ScrOutcomes(pair, ablation, nValues, ofSecond, ofMain, biased, Ablation.Padding.LEFT_OUT),
                    random,
                    scores.clean()));
        }
        return parts;
    }

    static Attribution attribution(ProbedTask probed, PooledLatents latents, Subject subject, Workspace workspace) {
        double[] alignmentF =
                Attribution.alignment(subject.sae(), probed.probe().weight(), workspace.ops());
        return Attribution.of(latents.means(), probed.task().train(), alignmentF, Attribution.Measure.MAGNITUDE);
    }

    private static List<String> keys() {
        return ScrTppConfig.PROTOCOL_N.stream()
                .flatMap(n ->
                        List.of("scr_dir1_threshold_" + n, "scr_metric_threshold_" + n, "scr_dir2_threshold_" + n)
                                .stream())
                .toList();
    }
}
