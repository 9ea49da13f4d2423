package org.unweave.model.sae.part;

import java.util.Arrays;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongToDoubleFunction;
import org.unweave.config.JobConfig.PNorm;
import org.unweave.model.math.Codes;
import org.unweave.model.math.State;

/**
 * {@code lambda alpha mean_b sum_i z_i^p}, or of {@code (sum_i z_i^p)^(1/p)}, where p falls in stages from 1. With each
 * stage alpha is multiplied so that the penalty of the last batches would have been the same under the new p.
 *
 * <p>Source: Karvonen et al., "Measuring progress in dictionary learning for language model interpretability with board
 * game models", 2024, arXiv 2408.00113, section 4; the stages and the moving alpha as in dictionary_learning's {@code
 * p_anneal.py}. A latent whose code is 0 has no gradient, where {@code 0^(p - 1)} would be infinite.
 */
public final class PNormPenalty extends SparsityPenalty {
    private static final int REMEMBERED = 10; // sparsity_queue_length
    private static final double NONE = -1;

    private final PNorm norm;
    private final double[] exponents;
    private final long[] stageSteps;
    private double alpha = 1;
    private double p = 1;
    private double nextP = NONE;
    private int stage;
    private double[] atP = new double[0];
    private double[] atNextP = new double[0];
    private double[] powers = new double[0];

    /**
     * @param fromStep the update after which the first stage begins
     * @param steps of the whole run, where the last stage would begin
     */
    public PNormPenalty(
            PNorm norm,
            double end,
            int stages,
            double fromStep,
            long steps,
            SparsityServo servo,
            LongToDoubleFunction warmth) {
        super(servo, warmth);
        this.norm = norm;
        this.exponents = new double[stages];
        this.stageSteps = new long[stages];
        for (int i = 0; i < stages; i++) {
            double share = (double) i / (stages - 1);
            exponents[i] = (float) (1 + share * (end - 1));
            stageSteps[i] = (long) (fromStep + share * (steps - fromStep));
        }
    }

    @Override
    public String name() {
        return "p_norm";
    }

    @Override
    public void observe(Forward forward) {
        super.observe(forward);
        // A stage begins once the update that it falls on is made.
        if (stage < stageSteps.length && forward.step() > stageSteps[stage]) {
            beginStage();
        }
        if (nextP == NONE) {
            return;
        }
        double[] sums = new double[2];
        forward.batch().eachCodes(codes -> {
            raise(codes);
            sums[0] += sum(codes, p, j -> power(codes, j));
            sums[1] += sum(codes, nextP, j -> power(codes.value()[j], nextP));
        });
        atP = remember(atP, sums[0] / forward.rows());
        atNextP = remember(atNextP, sums[1] / forward.rows());
    }

    // Powers are the dear part of this term, so those of the present exponent are taken once.
    private void raise(Codes codes) {
        if (p == 1) {
            powers = new double[0];
            return;
        }
        if (powers.length != codes.value().length) {
            powers = new double[codes.value().length];
        }
        for (int j = 0; j < codes.entries(); j++) {
            powers[j] = power(codes.value()[j], p);
        }
    }

    private double power(Codes codes, int entry) {
        return p == 1 ? codes.value()[entry] : powers[entry];
    }

    private void beginStage() {
        double before = sum(atP);
        double after = sum(atNextP);
        if (nextP != NONE && before > 0 && after > 0) {
            alpha *= before / after;
        }
        p = exponents[stage];
        stage++;
        nextP = exponents[Math.min(stage, exponents.length - 1)];
    }

    private static double[] remember(double[] values, double value) {
        int kept = Math.min(values.length, REMEMBERED - 1);
        double[] remembered = new double[kept + 1];
        System.arraycopy(values, values.length - kept, remembered, 0, kept);
        remembered[kept] = value;
        return remembered;
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    private double sum(Codes codes, double exponent, IntToDoubleFunction powerOf) {
        double sum = 0;
        for (int row = 0; row < codes.rows(); row++) {
            sum += ofRow(sum(codes, row, powerOf), exponent);
        }
        return sum;
    }

    private static double sum(Codes codes, int row, IntToDoubleFunction powerOf) {
        double sum = 0;
        for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
            sum += powerOf.applyAsDouble(j);
        }
        return sum;
    }

    private static double power(double value, double exponent) {
        return exponent == 1 ? value : StrictMath.pow(value, exponent);
    }

    private double ofRow(double powers, double exponent) {
        return switch (norm) {
            case LP_POWER -> powers;
            case LP -> powers == 0 ? 0 : StrictMath.pow(powers, 1 / exponent);
        };
    }

    @Override
    public long bytes() {
        return (long) powers.length * Double.BYTES;
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Codes codes = forward.codes();
        double weight = lambda() * alpha / forward.rows();
        if (!forward.whole()) {
            raise(codes);
        }
        double sum = 0;
        for (int row = 0; row < codes.rows(); row++) {
            double ofRow = sum(codes, row, j -> power(codes, j));
            double outer = switch (norm) {
                case LP_POWER -> p;
                case LP -> ofRow == 0 ? 0 : StrictMath.pow(ofRow, 1 / p - 1);
            };
            sum += ofRow(ofRow, p);
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                float value = codes.value()[j];
                gradient.codes()[j] += value == 0 ? 0 : (float) (weight * outer * power(codes, j) / value);
            }
        }
        return weight * sum;
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("sparsity_lambda", lambda() * alpha, "p", p);
    }

    @Override
    public void save(State state) {
        super.save(state);
        state.put("p_norm.stage", (long) stage);
        state.put("p_norm.exponents", p, nextP, alpha);
        state.put("p_norm.at_p", padded(atP));
        state.put("p_norm.at_next_p", padded(atNextP));
    }

    // A state's arrays have a fixed length; what is not there yet is NaN.
    private static double[] padded(double[] values) {
        double[] padded = new double[REMEMBERED];
        for (int i = 0; i < REMEMBERED; i++) {
            padded[i] = i < values.length ? values[i] : Double.NaN;
        }
        return padded;
    }

    private static double[] unpadded(double[] padded) {
        int length = 0;
        while (length < padded.length && !Double.isNaN(padded[length])) {
            length++;
        }
        return Arrays.copyOf(padded, length);
    }

    @Override
    public void load(State state) {
        super.load(state);
        stage = Math.toIntExact(state.longs("p_norm.stage", 1)[0]);
        double[] saved = state.doubles("p_norm.exponents", 3);
        p = saved[0];
        nextP = saved[1];
        alpha = saved[2];
        atP = unpadded(state.doubles("p_norm.at_p", REMEMBERED));
        atNextP = unpadded(state.doubles("p_norm.at_next_p", REMEMBERED));
    }
}
