package org.unweave.model.sae.part;

import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.unweave.model.math.State;

/** A term whose factor is that of a {@link SparsityServo}. */
public abstract class SparsityPenalty implements Term {
    private final SparsityServo servo;
    private final LongToDoubleFunction warmth;

    /** @param warmth how far the warm-up has come at a step, 0 to 1 */
    protected SparsityPenalty(SparsityServo servo, LongToDoubleFunction warmth) {
        this.servo = servo;
        this.warmth = warmth;
    }

    /** The factor for the present batch. */
    protected final double lambda() {
        return servo.lambda();
    }

    @Override
    public void observe(Forward forward) {
        servo.observe(forward.batch().l0(), warmth.applyAsDouble(forward.step()));
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("sparsity_lambda", lambda());
    }

    @Override
    public void save(State state) {
        servo.save(state);
    }

    @Override
    public void load(State state) {
        servo.load(state);
    }
}
