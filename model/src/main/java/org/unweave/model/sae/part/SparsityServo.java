package org.unweave.model.sae.part;

import org.unweave.model.math.State;

/**
 * The factor of a penalty, steered so that the mean number of active latents comes to a target, and rising from 0 over the
 * sparsity warm-up.
 *
 * <p>{@code lambda = initial exp(gain e_t + integral sum_{s <= t} e_s)}, {@code e = clip(ln(max(L0, 1) / target), -1, 1)}.
 * Source of the steering: this project. A penalty of fixed weight ends at an L0 that nobody chose, and SAEs can only be
 * compared at the same L0. The momentary part is there because a purely integral one was seen to undershoot, and ReLUs
 * that die on the way down do not come back. Without gains the factor is constant.
 */
public final class SparsityServo implements State.Holder {
    private final double initial;
    private final double gain;
    private final double integralGain;
    private final double targetL0;
    private double integral;
    private double error;
    private double warmth;

    public SparsityServo(double initial, double gain, double integralGain, double targetL0) {
        this.initial = initial;
        this.gain = gain;
        this.integralGain = integralGain;
        this.targetL0 = targetL0;
    }

    /** Takes in the batch's L0, and how far the warm-up has come, 0 to 1. */
    public void observe(double l0, double warmUp) {
        error = Math.clamp(StrictMath.log(Math.max(l0, 1) / targetL0), -1, 1);
        integral += error;
        warmth = warmUp;
    }

    /** The penalty's factor, its warm-up included. */
    public double lambda() {
        return initial * StrictMath.exp(gain * error + integralGain * integral) * warmth;
    }

    @Override
    public void save(State state) {
        state.put("sparsity.servo", integral, error);
    }

    @Override
    public void load(State state) {
        double[] saved = state.doubles("sparsity.servo", 2);
        integral = saved[0];
        error = saved[1];
    }
}
