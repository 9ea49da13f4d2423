package org.unweave.model.sae.part;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unweave.config.JobConfig.AuxKConfig;
import org.unweave.model.math.Codes;
import org.unweave.model.math.FeatureSet;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;

/**
 * The loss that revives dead latents: the most active of them reconstruct what the living ones left over.
 *
 * <p>{@code weight mean ||sg(e) - e^||^2 / mean ||sg(e) - mean_b sg(e)||^2}, {@code e^} the decoding, without b_dec, of the
 * {@code min(k, dead)} largest positive pre-activations among the dead latents. 0 where nothing is dead.
 *
 * <p>Source: Gao et al., "Scaling and evaluating sparse autoencoders", 2024, arXiv 2406.04093, appendix A.2, in
 * dictionary_learning's form (k = d_in / 2, normalised by the residual's variance), but for the time of counting: dead is
 * what was dead before the batch, so that a dead latent which fires in it is still pulled in this update, and one pass over
 * the pre-activations is enough. The reference counts the batch first, which costs a second product.
 */
public final class AuxK implements Term {
    private static final double LEAST_VARIANCE = 1e-8;

    private final double weight;
    private final int k;
    private final DeadFeatures deadFeatures;
    private final Codes codes;
    private final boolean countsBatchFirst;
    private FeatureSet among = FeatureSet.empty();
    private float[] codeGradient = new float[0];

    private AuxK(double weight, int k, int features, DeadFeatures deadFeatures, boolean countsBatchFirst) {
        this.weight = weight;
        this.k = k;
        this.deadFeatures = deadFeatures;
        this.codes = new Codes(features);
        this.countsBatchFirst = countsBatchFirst;
    }

    /**
     * The term that the config asks for; none where its weight is 0.
     *
     * @param countsBatchFirst whether what fires in the batch is no longer dead, as in the reference
     */
    public static Optional<Term> of(
            AuxKConfig config, int features, int width, DeadFeatures deadFeatures, boolean countsBatchFirst) {
        if (config.weight() == 0) {
            return Optional.empty();
        }
        int k = config.k() > 0 ? config.k() : Math.max(1, width / 2); // App. A.2: d_in / 2
        return Optional.of(new AuxK(config.weight(), k, features, deadFeatures, countsBatchFirst));
    }

    @Override
    public String name() {
        return "aux_k";
    }

    @Override
    public boolean wholeBatch() {
        return true;
    }

    @Override
    public Optional<Pick> pick(long step) {
        among = countsBatchFirst ? FeatureSet.empty() : deadFeatures.dead();
        return among.size() == 0 ? Optional.empty() : Optional.of(pickAmong());
    }

    private Pick pickAmong() {
        return new Pick.TopKAmong(among, Math.min(k, among.size()), codes);
    }

    @Override
    public void observe(Forward forward) {
        if (!countsBatchFirst) {
            return;
        }
        among = deadFeatures.deadAfter(forward.codes());
        if (among.size() > 0) {
            Params params = forward.params();
            forward.workspace().ops().encode(forward.inputBD(), params.encFD(), params.bEnc1F(), List.of(pickAmong()));
        }
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        if (among.size() == 0) {
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
        Mat leftBD = workspace.take("auxk.left", rows, width);
        ops.decode(codes, forward.params().decFD(), null, leftBD);
        ops.subtract(forward.errorBD(), leftBD, leftBD);
        double value = weight * ops.sumOfSquares(leftBD) / rows / variance;

        ops.scale(leftBD, (float) (-2 * weight / (rows * variance)));
        codeGradient = codes.roomFor(codeGradient);
        Arrays.fill(codeGradient, 0, codes.entries(), 0f);
        gradient.addDecoder(codes, codes.value(), 1, leftBD);
        ops.addCodeGradients(codes, leftBD, forward.params().decFD(), codeGradient);
        gradient.addEncoder(codes, codeGradient, forward.inputBD(), ops);
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
    public long bytes() {
        return codes.bytes() + (long) codeGradient.length * Float.BYTES;
    }

    @Override
    public Map<String, Double> curves() {
        return Map.of("dead_latents", (double) deadFeatures.dead().size());
    }
}
