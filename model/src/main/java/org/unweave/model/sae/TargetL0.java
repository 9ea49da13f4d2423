package org.unweave.model.sae;

import java.util.Map;
import org.unweave.model.math.Codes;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Gradient;
import org.unweave.model.sae.part.Term;

/**
 * {@code weight w (L0 / target - 1)^2}, whose gradient reaches the thresholds of a {@link JumpReluActivation} alone: {@code
 * dL0 / dthreshold = - (1 / bandwidth) mean_b 1[|p - threshold| < bandwidth / 2]}.
 *
 * <p>Source: Rajamanoharan et al., "Jumping ahead", 2024, arXiv 2407.14435, section 3 and appendix; the squared distance to
 * a target as in dictionary_learning, which looks for the window on the codes instead of the pre-activations: a latent below
 * its threshold is 0 there, so that only the upper half of the window counts, or every silent latent where the threshold is
 * below half the bandwidth; and a silent latent is counted where its threshold is negative.
 */
final class TargetL0 implements Term {
    private final JumpReluActivation activation;
    private final double weight;
    private final double target;
    private final boolean onCodes;
    private final Phases phases;
    private double scale;
    private double off;

    /** @param onCodes whether the window is looked for on the codes, as the reference does */
    TargetL0(JumpReluActivation activation, double weight, double target, boolean onCodes, Phases phases) {
        this.activation = activation;
        this.weight = weight;
        this.target = target;
        this.onCodes = onCodes;
        this.phases = phases;
    }

    @Override
    public String name() {
        return "target_l0";
    }

    @Override
    public boolean apart() {
        return true;
    }

    @Override
    public void observe(Forward forward) {
        scale = weight * phases.sparsityWarmth(forward.step());
        off = (onCodes ? l0OnCodes(forward) : forward.batch().l0()) / target - 1;
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        double perHit = -2 * scale * off / target / activation.bandwidth() / forward.rows();
        double[] hits = onCodes ? hitsOnCodes(forward) : hits(forward);
        for (int f = 0; f < hits.length; f++) {
            hits[f] *= perHit;
        }
        JumpReluActivation.add(hits, gradient);
        return scale * off * off * forward.codes().rows() / forward.rows();
    }

    private double[] hits(Forward forward) {
        Codes codes = forward.codes();
        float[] threshold = forward.params().extra(JumpReluActivation.THRESHOLD).toArray();
        double[] hits = new double[threshold.length];
        for (int j = 0; j < codes.entries(); j++) {
            int f = codes.feature()[j];
            if (activation.inWindow(activation.pre()[j], threshold[f])) {
                hits[f]++;
            }
        }
        return hits;
    }

    // A silent latent's code is 0, which is above a threshold that has become negative.
    private static double l0OnCodes(Forward forward) {
        float[] threshold = forward.params().extra(JumpReluActivation.THRESHOLD).toArray();
        int negative = 0;
        for (float one : threshold) {
            negative += one < 0 ? 1 : 0;
        }
        if (negative == 0) {
            return forward.batch().l0();
        }
        long[] active = new long[1];
        forward.batch().eachCodes(codes -> {
            for (int j = 0; j < codes.entries(); j++) {
                active[0] += codes.value()[j] != 0 && threshold[codes.feature()[j]] < 0 ? 1 : 0;
            }
        });
        return forward.batch().l0() + negative - (double) active[0] / forward.rows();
    }

    private double[] hitsOnCodes(Forward forward) {
        Codes codes = forward.codes();
        float[] threshold = forward.params().extra(JumpReluActivation.THRESHOLD).toArray();
        double[] hits = new double[threshold.length];
        for (int f = 0; f < hits.length; f++) {
            hits[f] = activation.inWindow(0, threshold[f]) ? codes.rows() : 0;
        }
        for (int j = 0; j < codes.entries(); j++) {
            int f = codes.feature()[j];
            float value = codes.value()[j];
            if (value != 0) {
                hits[f] += (activation.inWindow(value, threshold[f]) ? 1 : 0)
                        - (activation.inWindow(0, threshold[f]) ? 1 : 0);
            }
        }
        return hits;
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("sparsity_lambda", scale);
    }
}
