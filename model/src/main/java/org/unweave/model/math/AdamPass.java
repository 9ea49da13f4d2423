package org.unweave.model.math;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** One Adam update of a matrix, in one pass over its weights, their gradient and their moments. */
final class AdamPass {
    private final MemorySegment weights;
    private final MemorySegment gradient;
    private final MemorySegment first;
    private final MemorySegment second;
    private final float factor;
    private final float epsilon;
    private final float addedToFirst;
    private final float keptOfSecond;
    private final float addedToSecond;
    private final Rates rates;

    AdamPass(Mat parameter, Mat gradient, float factor, Mat firstMoment, Mat secondMoment, Ops.AdamStep step) {
        Shapes.same(parameter, gradient);
        Shapes.same(parameter, firstMoment);
        Shapes.same(parameter, secondMoment);
        this.weights = parameter.memory();
        this.gradient = gradient.memory();
        this.first = firstMoment.memory();
        this.second = secondMoment.memory();
        this.factor = factor;
        this.epsilon = step.epsilon();
        this.addedToFirst = 1 - step.beta1();
        this.keptOfSecond = step.beta2();
        this.addedToSecond = 1 - step.beta2();
        this.rates = Rates.of(step);
    }

    /** {@code rate} = learning rate over the first bias correction; {@code root} = 1 over the root of the second. */
    record Rates(float rate, float root) {
        static Rates of(Ops.AdamStep step) {
            double first = 1 - StrictMath.pow(step.beta1(), step.count());
            double second = 1 - StrictMath.pow(step.beta2(), step.count());
            return new Rates((float) (step.learningRate() / first), (float) (1 / Math.sqrt(second)));
        }
    }

    /** Updates the elements {@code from} to {@code to}, exclusive. */
    void update(int from, int to) {
        float rate = rates.rate();
        float root = rates.root();
        int i = from;
        for (; i <= to - Simd.LANES; i += Simd.LANES) {
            FloatVector slope = Simd.load(gradient, i).mul(factor);
            FloatVector before = Simd.load(first, i);
            FloatVector mean = slope.sub(before).mul(addedToFirst).add(before);
            FloatVector square =
                    Simd.load(second, i).mul(keptOfSecond).add(slope.mul(slope).mul(addedToSecond));
            FloatVector change = mean.mul(rate).div(square.sqrt().mul(root).add(epsilon));
            Simd.store(mean, first, i);
            Simd.store(square, second, i);
            Simd.store(Simd.load(weights, i).sub(change), weights, i);
        }
        for (; i < to; i++) {
            float slope = Simd.get(gradient, i) * factor;
            float before = Simd.get(first, i);
            float mean = (slope - before) * addedToFirst + before;
            float square = Simd.get(second, i) * keptOfSecond + slope * slope * addedToSecond;
            float change = mean * rate / ((float) Math.sqrt(square) * root + epsilon);
            Simd.set(first, i, mean);
            Simd.set(second, i, square);
            Simd.set(weights, i, Simd.get(weights, i) - change);
        }
    }
}
