package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.math.Device;
import org.unweave.model.math.Workspace;

/**
 * Looks at single features of an SAE: how often and how strongly each is active on the held-out text of the core metrics,
 * where it is most so, which tokens its direction speaks for, and which other features lie near it.
 *
 * <p>Source: this project, after what SAEDashboard and Neuronpedia show of a feature; the JSON has Neuronpedia's names
 * where it has such a field.
 */
public final class FeatureStudy {
    private final EvalSession session;
    private final Device device;

    /**
     * What is wanted.
     *
     * @param count features for each reason to look at one
     * @param examples the most texts for each feature
     * @param seed of the features that are drawn
     * @param attribution on the same job; null where there is none
     */
    public record Request(
            int count, int examples, long seed, @Nullable AttributionSnapshot attribution) {

        public Request {
            if (count < 1 || examples < 1) {
                throw new IllegalArgumentException(count + " features with " + examples + " texts each");
            }
        }

        Optional<AttributionSnapshot> told() {
            return Optional.ofNullable(attribution);
        }
    }

    /** @param device to compute on; stays the caller's to close */
    public FeatureStudy(EvalSession session, Device device) {
        this.session = session;
        this.device = device;
    }

    /**
     * The study as JSON; see {@link FeatureStudyReport} for its fields.
     *
     * @throws EvaluationException if the SAE does not fit the model, or there is no row to look at
     */
    public ObjectNode study(Subject subject, Request request) {
        session.requireFits(subject);
        try (Workspace workspace = new Workspace(device.ops())) {
            FeatureRows rows = new FeatureRows(session, subject, workspace);
            LatentStatistics statistics = rows.statistics();
            List<ChosenFeature> chosen = FeatureChoice.of(statistics, request);
            List<FeatureActivity> activities = rows.activities(chosen, request.examples());
            List<FeatureLogits> logits = FeatureLogits.of(session.model(), subject, chosen);
            List<FeatureNeighbours> neighbours = FeatureNeighbours.of(subject, chosen, device.ops());
            return new FeatureStudyReport(session, subject, request, rows)
                    .json(chosen, statistics, activities, logits, neighbours);
        }
    }
}
