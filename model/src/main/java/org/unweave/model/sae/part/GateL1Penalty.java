package org.unweave.model.sae.part;

import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;

/** {@code lambda mean_b sum_i relu(gate_i)}, on the pre-activations of the gates that are open. */
public final class GateL1Penalty extends SparsityPenalty {
    private final Supplier<float[]> gates;

    /** @param gates the gate's pre-activation of each entry of the codes */
    public GateL1Penalty(Supplier<float[]> gates, SparsityServo servo, LongToDoubleFunction warmth) {
        super(servo, warmth);
        this.gates = gates;
    }

    @Override
    public String name() {
        return "l1";
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        float[] open = gates.get();
        double weight = lambda() / forward.rows();
        double sum = 0;
        for (int j = 0; j < forward.codes().entries(); j++) {
            sum += open[j];
            gradient.pre()[j] += (float) weight;
        }
        return weight * sum;
    }
}
