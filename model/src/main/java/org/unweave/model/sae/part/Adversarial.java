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
public final class Adversarial implements Term {
    private static final double LEAST_NORM = 1e-8;

    private final AdversarialConfig config;
    private final AttributionMap map;
    private boolean[] leftOutF = new boolean[0];

    public Adversarial(AdversarialConfig config, AttributionMap map) {
        this.config = config;
        this.map = map;
    }

    @Override
    public String name() {
        return "adversarial";
    }

    @Override
    public boolean labelled() {
        return true;
    }

    @Override
    public boolean wholeBatch() {
        return true;
    }

    @Override
    public void observe(Forward forward) {
        leftOutF = new boolean[forward.codes().features()];
        if (config.scope() == AdversarialConfig.Scope.BELOW_PERCENTILE) {
            for (int f : map.above()) {
                leftOutF[f] = true;
            }
        }
    }

    private double scale() {
        return Math.max(map.spuriousAccuracy() - 0.5, config.floor());
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        if (forward.batch().texts().isEmpty() || !map.knew()) {
            return 0;
        }
        int features = leftOutF.length;
        double[] wF = Arrays.copyOf(map.weightsBefore(), features);
        double[][] centredNF = map.pooled().centred();
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
        map.pooled().addCentredGradient(forward, centredNF, gradient);
        return value;
    }

    static double norm(double[] vector) {
        return Math.sqrt(dot(vector, vector));
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("adversarial_scale", scale());
    }
}
