package org.unweave.eval;

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
 * How far the ablation of few latents blinds the probe of one class and spares those of the others: SAEBench's {@code
 * tpp}.
 *
 * <p>Latents of a class are chosen by their signed {@link Attribution} to its probe; where those of a positive effect are
 * too few, others follow, as in SAEBench.
 *
 * <p>Deviations: those of {@link ScrEval}; and a class's negatives are drawn once for its clean and its ablated
 * accuracies, so that a difference is of the same texts.
 */
final class TppEval implements Evaluation {
    static final String NAME = "tpp";

    private final EvalSession session;
    private final Device device;
    private final AblationSettings settings;

    TppEval(EvalSession session, Device device) {
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
        return settings.inputs(
                settings.config().tppDatasets().stream().map(session::tppSet).toList());
    }

    @Override
    public void prepare() {
        settings.config().tppDatasets().forEach(session::tpp);
    }

    @Override
    public EvalReport evaluate(Subject subject) {
        return measure(subject).report();
    }

    /** As {@link #evaluate}, with the attributions by set and class, as {@code bundle/ag-news/Sports}. */
    AblationResult measure(Subject subject) {
        session.requireFits(subject);
        List<AblationScores.Part> parts = new ArrayList<>();
        Map<String, Attribution> attributions = new LinkedHashMap<>();
        Map<String, LabelledActivations> sets = new LinkedHashMap<>();
        ObjectNode unstructured = JsonNodeFactory.instance.objectNode();
        try (Workspace workspace = new Workspace(device.ops())) {
            for (String dataset : settings.config().tppDatasets()) {
                TppTexts texts = session.tpp(dataset);
                sets.put(texts.set().name(), texts.set());
                parts.add(score(texts, subject, workspace, attributions, unstructured));
            }
        }
        ObjectNode config = settings.json(
                sets,
                subject,
                2 * settings.config().tppTrainTexts(),
                2 * settings.config().tppTestTexts(),
                false);
        config.putObject("column1_vals_lookup");
        EvalReport report = settings.report(NAME, subject, keys(), parts, config, unstructured);
        return new AblationResult(report, attributions);
    }

    private AblationScores.Part score(
            TppTexts texts,
            Subject subject,
            Workspace workspace,
            Map<String, Attribution> attributions,
            ObjectNode unstructured) {
        LabelledActivations set = texts.set();
        PooledLatents latents = PooledLatents.of(set, subject, workspace);
        Ablation ablation =
                ClosedFormAblation.of(set, latents, subject, settings.config().contextTokens(), workspace);
        List<Ablation.Reader> readers = new ArrayList<>();
        List<int[]> ranked = new ArrayList<>();
        for (TppTexts.ClassTask task : texts.classes()) {
            Ablation.Reader reader = Ablation.Reader.of(task.probed().probe(), subject, workspace);
            Attribution attribution = Attribution.of(
                    latents.means(), task.attribution(), reader.alignmentF(), Attribution.Measure.SIGNED);
            attributions.put(set.name() + "/" + task.key(), attribution);
            readers.add(reader);
            ranked.add(attribution.largest(settings.most()));
        }
        List<Integer> nValues = settings.nValues(subject);
        TppOutcomes scores = new TppOutcomes(texts, ablation, nValues, ranked, readers, Ablation.Padding.ENCODED);
        putClasses(unstructured.putObject(set.name()), scores.byClass(Outcomes.once(set.texts())));
        Map<String, Double> own = new LinkedHashMap<>();
        scores.clean().forEach((key, accuracy) -> own.put("clean_accuracy_" + key, accuracy));
        return new AblationScores.Part(
                set.name() + "_tpp",
                set.name(),
                set.texts(),
                texts.strata(),
                scores,
                new TppOutcomes(texts, ablation, nValues, ranked, readers, Ablation.Padding.LEFT_OUT),
                random(texts, ablation, nValues, ranked, readers, new MatchedLatents(latents)),
                own);
    }

    private List<Outcomes> random(
            TppTexts texts,
            Ablation ablation,
            List<Integer> nValues,
            List<int[]> ranked,
            List<Ablation.Reader> readers,
            MatchedLatents matched) {
        List<Outcomes> random = new ArrayList<>();
        for (int draw = 0; draw < settings.config().controlDraws(); draw++) {
            Draws draws = settings.draws(NAME, texts.set().name(), draw);
            List<int[]> drawn =
                    ranked.stream().map(chosen -> matched.draw(chosen, draws)).toList();
            random.add(new TppOutcomes(
                    texts,
                    ablation,
                    AblationSettings.possible(nValues, ranked, drawn),
                    drawn,
                    readers,
                    Ablation.Padding.ENCODED));
        }
        return random;
    }

    private static void putClasses(ObjectNode ofSet, Map<String, Map<String, Double>> byClass) {
        byClass.forEach((key, scores) -> {
            ObjectNode ofClass = ofSet.putObject(key);
            scores.forEach(ofClass::put);
        });
    }

    private static List<String> keys() {
        return ScrTppConfig.PROTOCOL_N.stream()
                .map(n -> "tpp_threshold_" + n)
                .flatMap(n ->
                        List.of(n + "_total_metric", n + "_intended_diff_only", n + "_unintended_diff_only").stream())
                .toList();
    }
}
