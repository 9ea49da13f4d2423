package org.unweave.model.sae.part;

import java.util.Map;
import org.unweave.model.math.State;

/**
 * {@code lambda w mean_b sum_i z_i}, with lambda steered so that the mean number of active latents comes to a target,
 * and w rising from 0 to 1 over the sparsity warm-up.
 *
 * <p>{@code lambda = initial exp(gain e_t + integral sum_{s <= t} e_s)}, {@code e = clip(ln(max(L0, 1) / target), -1, 1)}.
 * Source of the steering: this project. A penalty of fixed weight ends at an L0 that nobody chose, and SAEs can only be
 * compared at the same L0. The momentary part is there because a purely integral one was seen to undershoot, and ReLUs
 * that die on the way down do not come back.
 */
public final class L1Penalty implements Term {
    private final double initial;
    private final double gain;
    private final double integralGain;
    private final double targetL0;
    private final double warmupSteps;
    private double integral;
    private double error;
    private double warmth;

    public L1Penalty(double initial, double gain, double integralGain, double targetL0, double warmupSteps) {
        this.initial = initial;
        this.gain = gain;
        this.integralGain = integralGain;
        this.targetL0 = targetL0;
        this.warmupSteps = warmupSteps;
    }

    @Override
    public String name() {
        return "l1";
    }

    @Override
    public void observe(Forward forward) {
        error = Math.clamp(StrictMath.log(Math.max(forward.codes().l0(), 1) / targetL0), -1, 1);
        integral += error;
        warmth = warmupSteps <= 0 ? 1 : Math.min(1, forward.step() / warmupSteps);
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        double weight = lambda() * warmth / forward.rows();
        float[] values = forward.codes().value();
        double sum = 0;
        for (int j = 0; j < forward.codes().entries(); j++) {
            sum += values[j];
            gradient.codes()[j] += (float) weight;
        }
        return weight * sum;
    }

    private double lambda() {
        return initial * StrictMath.exp(gain * error + integralGain * integral);
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("sparsity_lambda", lambda() * warmth);
    }

    @Override
    public void save(State state) {
        state.put("l1.integral", integral, error);
    }

    @Override
    public void load(State state) {
        double[] saved = state.doubles("l1.integral", 2);
        integral = saved[0];
        error = saved[1];
    }
}
