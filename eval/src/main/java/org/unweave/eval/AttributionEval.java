package org.unweave.eval;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.math.Device;
import org.unweave.model.math.Workspace;

/**
 * Which latents tell most of the spurious label of a run's labelled texts, on its texts for development: what an SAE that
 * trains on labels is told while it trains. No score, and not of SAEBench.
 *
 * <p>Source: this project. With z_i latent i averaged over a text's tokens, w a logistic probe's weights for the spurious
 * label on the model's own averaged activations, and means over all texts of a label:
 *
 * <pre>a_i = |(mean z_i of label 1 - mean z_i of label 0) (W_dec[i] . w)|, over the sum of all</pre>
 *
 * <p>The probe is fitted on the larger part of the texts of each combination of labels, with scikit-learn's default
 * penalty where the texts' mean squared distance from their mean is 1; its accuracy is of the rest.
 * Nothing depends on the seed of the evaluations.
 */
final class AttributionEval implements Evaluation {
    static final String NAME = "attribution";

    private static final String VERSION = "1";

    private final EvalSession session;
    private final Device device;

    AttributionEval(EvalSession session, Device device) {
        this.session = session;
        this.device = device;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String inputs() {
        LabelledActivations set = session.development().set();
        List<String> all = new ArrayList<>();
        all.add(VERSION);
        all.add(Double.toString(session.largestNorm()));
        all.add(set.name() + " " + set.key());
        // The same texts may have other labels, or be fitted on in other shares.
        for (LabelledActivations.ClassRows cell : set.classes()) {
            all.add(cell.key() + " " + cell.train().length + " " + cell.test().length);
        }
        return String.join("\n", all);
    }

    @Override
    public void prepare() {
        session.development();
    }

    @Override
    public EvalReport evaluate(Subject subject) {
        session.requireFits(subject);
        AttributionTexts texts = session.development();
        try (Workspace workspace = new Workspace(device.ops())) {
            AttributionSnapshot snapshot = attribute(texts, texts.weightD(), subject, workspace);
            return AttributionReport.of(
                    snapshot, subject, config(texts), session.frame().saeConfig(subject));
        }
    }

    private ObjectNode config(AttributionTexts texts) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("dataset_name", texts.set().name());
        json.put("part", "development");
        json.put("label_0", texts.texts().seconds().getFirst());
        json.put("label_1", texts.texts().seconds().getLast());
        json.put("context_length", session.config().scrTpp().contextTokens());
        json.put("batch_texts", session.config().scrTpp().batchTexts());
        json.put("model_name", session.model().name());
        json.put("largest_norm", session.largestNorm());
        json.put("percentile", AttributionSnapshot.PERCENTILE);
        json.set("texts_used", texts.set().usage());
        return json;
    }

    /** @param weightD the probe's, in the model's own scale */
    static AttributionSnapshot attribute(
            AttributionTexts texts, double[] weightD, Subject subject, Workspace workspace) {
        Attribution found = Attribution.of(
                PooledLatents.of(texts.set(), subject, workspace).means(),
                texts.all(),
                Attribution.alignment(subject.sae(), weightD, workspace.ops()),
                Attribution.Measure.MAGNITUDE);
        double sum = 0;
        for (int latent = 0; latent < found.features(); latent++) {
            sum += found.effect(latent);
        }
        if (!Double.isFinite(sum)) {
            throw new EvaluationException(
                    "the attributions of " + subject.id() + " sum to " + sum + "; its weights are damaged or diverged");
        }
        double[] attributionF = new double[found.features()];
        for (int latent = 0; latent < attributionF.length; latent++) {
            attributionF[latent] = sum > 0 ? found.effect(latent) / sum : 0;
        }
        return AttributionSnapshot.of(
                subject.job(), subject.step(), AttributionSnapshot.Source.EVALUATOR, attributionF, texts.accuracy());
    }
}
