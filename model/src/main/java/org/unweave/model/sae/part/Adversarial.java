package org.unweave.model.sae.part;

import java.util.Arrays;
import java.util.Map;
import org.unweave.config.JobConfig.AdversarialConfig;

/**
 * Takes the direction in which a probe finds the spurious label out of the codes of labelled texts: {@code weight scale
 * mean_b cos(h_b - h_mean, w)^2}, w the probe's weights from before the batch, {@code scale = max(accuracy - 0.5, floor)}.
 * Its gradient reaches the codes and through them the encoder, never the probe. 0 until the probe has learned.
 *
 * <p>With {@link AdversarialConfig.Scope#BELOW_PERCENTILE} everything is masked to the latents that are not among those that
 * tell most of the label, so that these may keep it.
 *
 * <p>Source: this project, after the report's adversarial loss and its "scale max(A_spurious - 0.5, 0.1)".
 */
public final class Adversarial extends LabelledTerm {
    private final AdversarialConfig config;
    private boolean[] leftOutF = new boolean[0];

    public Adversarial(AdversarialConfig config, AttributionMap map) {
        super(map);
        this.config = config;
    }

    @Override
    public String name() {
        return "adversarial";
    }

    @Override
    public void observe(Forward forward) {
        leftOutF = new boolean[forward.codes().features()];
        if (config.scope() == AdversarialConfig.Scope.BELOW_PERCENTILE) {
            for (int f : map().above()) {
                leftOutF[f] = true;
            }
        }
    }

    private double scale() {
        return Math.max(map().spuriousAccuracy() - 0.5, config.floor());
    }

    @Override
    double addTexts(Forward forward, Gradient gradient) {
        if (!map().knew()) {
            return 0;
        }
        int features = leftOutF.length;
        double[] wF = Arrays.copyOf(map().weightsBefore(), features);
        double[][] centredNF = map().pooled().centred();
        for (int f = 0; f < features; f++) {
            if (leftOutF[f]) {
                wF[f] = 0;
                for (double[] one : centredNF) {
                    one[f] = 0;
                }
            }
        }
        double wNorm = norm(wF);
        double factor = config.weight() * scale() / centredNF.length;
        double value = 0;
        for (double[] vF : centredNF) {
            double vNorm = norm(vF);
            double norms = Math.max(vNorm * wNorm, LEAST_NORM);
            double cos = dot(vF, wF) / norms;
            value += factor * cos * cos;
            // d cos / dv = w / (|v| |w|) - cos v / |v|^2; the floor is a constant.
            double along = vNorm * wNorm > LEAST_NORM ? cos / (vNorm * vNorm) : 0;
            for (int f = 0; f < features; f++) {
                vF[f] = 2 * factor * cos * (wF[f] / norms - along * vF[f]);
            }
        }
        map().pooled().addCentredGradient(forward, centredNF, gradient);
        return value;
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("adversarial_scale", scale());
    }
}
