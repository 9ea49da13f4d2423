package org.unweave.model.sae.part;

import org.unweave.model.math.State;

/** A moving mean {@code m <- d m + (1 - d) new}, corrected for its start at 0 by {@code 1 - d^t}, t its own updates. */
public final class Ema implements State.Holder {
    private final String name;
    private final double decay;
    private double sum;
    private long updates;

    /** The name is that of its entry in a state. */
    public Ema(String name, double decay) {
        this.name = name;
        this.decay = decay;
    }

    public void update(double value) {
        sum = decay * sum + (1 - decay) * value;
        updates++;
    }

    /** 0 before the first update. */
    public double value() {
        return updates == 0 ? 0 : sum / (1 - StrictMath.pow(decay, updates));
    }

    public long updates() {
        return updates;
    }

    @Override
    public void save(State state) {
        state.put(name, sum);
        state.put(name + ".updates", updates);
    }

    @Override
    public void load(State state) {
        sum = state.doubles(name, 1)[0];
        updates = state.longs(name + ".updates", 1)[0];
    }
}
