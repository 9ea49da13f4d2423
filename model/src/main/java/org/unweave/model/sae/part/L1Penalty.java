package org.unweave.model.sae.part;

import java.util.function.LongToDoubleFunction;
import org.unweave.model.math.Codes;

/** {@code lambda mean_b sum_i z_i}. */
public final class L1Penalty extends SparsityPenalty {
    public L1Penalty(SparsityServo servo, LongToDoubleFunction warmth) {
        super(servo, warmth);
    }

    @Override
    public String name() {
        return "l1";
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Codes codes = forward.codes();
        double weight = lambda() / forward.rows();
        double sum = 0;
        for (int j = 0; j < codes.entries(); j++) {
            sum += codes.value()[j];
            gradient.codes()[j] += (float) weight;
        }
        return weight * sum;
    }
}
