package org.unweave.model.sae.part;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Workspace;

/**
 * {@code sum_g w_g mean_b ||x - x^_g||^2}, {@code x^_g} the decoding of the latents of the first g groups, plus b_dec: each
 * inner group is to reconstruct without the outer ones.
 *
 * <p>Source: Bussmann et al., "Learning multi-level features with matryoshka sparse autoencoders", 2025, arXiv 2503.17547,
 * section 3.
 */
public final class NestedReconstruction implements Term {
    private final int[] groupEnds;
    private final double weight;
    private final List<Codes> groups = new ArrayList<>();

    /**
     * @param groupEnds the feature after the last of each group, rising to F
     * @param weight of each prefix's reconstruction
     */
    public NestedReconstruction(List<Integer> groupEnds, double weight) {
        this.groupEnds = groupEnds.stream().mapToInt(end -> end).toArray();
        this.weight = weight;
        int features = groupEnds.getLast();
        groupEnds.forEach(end -> groups.add(new Codes(features)));
    }

    @Override
    public String name() {
        return Reconstruction.NAME;
    }

    @Override
    public long bytes() {
        return groups.stream().mapToLong(Codes::bytes).sum();
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Codes codes = forward.codes();
        Ops ops = forward.workspace().ops();
        int last = groupEnds.length - 1;
        for (int g = 0; g <= last; g++) {
            groups.get(g).copyRange(codes, g == 0 ? 0 : groupEnds[g - 1], groupEnds[g]);
        }
        double value = 0;
        // From the whole inwards: without group g the error is larger by what that group decodes to.
        Mat leftBD = forward.workspace().take("nested.left", forward.rows(), width(forward));
        leftBD.copyFrom(forward.errorBD());
        for (int g = last; g >= 0; g--) {
            value += weight * ops.sumOfSquares(leftBD) / forward.rows();
            Mat gradientBD = gradientOf(g, forward);
            gradientBD.copyFrom(leftBD);
            if (g > 0) {
                Mat partBD = forward.workspace().take("nested.part", forward.rows(), width(forward));
                ops.decode(groups.get(g), forward.params().decFD(), null, partBD);
                ops.addScaled(1f, partBD, leftBD);
            }
        }
        gradients(forward, gradient);
        return value;
    }

    // A latent of group g acts on the prefix g and on all that contain it.
    private void gradients(Forward forward, Gradient gradient) {
        Ops ops = forward.workspace().ops();
        int last = groupEnds.length - 1;
        float factor = (float) (-2 * weight / forward.rows());
        for (int g = last; g >= 0; g--) {
            Mat gradientBD = gradientOf(g, forward);
            ops.scale(gradientBD, factor);
            if (g < last) {
                ops.addScaled(1f, gradientOf(g + 1, forward), gradientBD);
            }
            Codes group = groups.get(g);
            gradient.addDecoder(group, group.value(), gradientBD);
            float[] ofGroup = new float[group.entries()];
            ops.addCodeGradients(group, gradientBD, forward.params().decFD(), ofGroup);
            group.addToSource(forward.codes(), ofGroup, gradient.codes());
        }
        ops.addColumnSums(1f, gradientOf(0, forward), gradient.weights().bDec1D());
    }

    private static int width(Forward forward) {
        return forward.params().width();
    }

    private static Mat gradientOf(int group, Forward forward) {
        Workspace workspace = forward.workspace();
        return workspace.take("nested.gradient" + group, forward.rows(), width(forward));
    }
}
