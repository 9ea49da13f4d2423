package org.unweave.model.sae.part;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.unweave.config.JobConfig.AuxKConfig;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;

/**
 * The loss that revives dead latents: the most active of them reconstruct what the living ones left over.
 *
 * <p>{@code weight mean ||sg(e) - e^||^2 / mean ||sg(e) - mean_b sg(e)||^2}, {@code e^} the decoding, without b_dec, of the
 * {@code min(k, dead)} largest positive pre-activations among the dead latents. 0 where nothing is dead.
 *
 * <p>Source: Gao et al., "Scaling and evaluating sparse autoencoders", 2024, arXiv 2406.04093, appendix A.2, in
 * dictionary_learning's form (k = d_in / 2, normalised by the residual's variance), but for the time of counting: dead is
 * what was dead before the batch, so that a dead latent which fires in it is still pulled in this update.
 */
public final class AuxK implements Term {
    private static final double LEAST_VARIANCE = 1e-8;

    private final double weight;
    private final int k;
    private final DeadFeatures deadFeatures;
    private final Codes codes;
    private float[] codeGradient = new float[0];

    private AuxK(double weight, int k, int features, DeadFeatures deadFeatures) {
        this.weight = weight;
        this.k = k;
        this.deadFeatures = deadFeatures;
        this.codes = new Codes(features);
    }

    /** The term that the config asks for; none where its weight is 0. */
    public static Optional<Term> of(AuxKConfig config, int features, int width, DeadFeatures deadFeatures) {
        if (config.weight() == 0) {
            return Optional.empty();
        }
        int k = config.k() > 0 ? config.k() : Math.max(1, width / 2); // App. A.2: d_in / 2
        return Optional.of(new AuxK(config.weight(), k, features, deadFeatures));
    }

    @Override
    public String name() {
        return "aux_k";
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        int[] dead = deadFeatures.dead();
        if (dead.length == 0) {
            return 0;
        }
        Workspace workspace = forward.workspace();
        Ops ops = workspace.ops();
        int rows = forward.rows();
        int width = forward.errorBD().cols();
        double variance = variance(forward, workspace.take("auxk.mean", 1, width));
        if (variance < LEAST_VARIANCE) {
            return 0;
        }
        ops.selectTopKAmong(forward.preBF(), dead, Math.min(k, dead.length), codes);
        Mat leftBD = workspace.take("auxk.left", rows, width);
        ops.decode(codes, forward.params().decFD(), null, leftBD);
        ops.subtract(forward.errorBD(), leftBD, leftBD);
        double value = weight * ops.sumOfSquares(leftBD) / rows / variance;

        ops.scale(leftBD, (float) (-2 * weight / (rows * variance)));
        if (codeGradient.length < codes.entries()) {
            codeGradient = new float[codes.value().length];
        }
        Arrays.fill(codeGradient, 0, codes.entries(), 0f);
        ops.addFeatureRows(codes, codes.value(), leftBD, gradient.weights().decFD());
        ops.addCodeGradients(codes, leftBD, forward.params().decFD(), codeGradient);
        gradient.addEncoder(codes, codeGradient, forward.centredBD(), ops);
        return value;
    }

    /** {@code mean_b ||e_b - mean e||^2}. */
    private static double variance(Forward forward, Mat mean1D) {
        Ops ops = forward.workspace().ops();
        int rows = forward.rows();
        mean1D.fill(0);
        ops.addColumnSums(1f / rows, forward.errorBD(), mean1D);
        return ops.sumOfSquares(forward.errorBD()) / rows - ops.sumOfSquares(mean1D);
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("dead_latents", (double) deadFeatures.dead().length);
    }
}
