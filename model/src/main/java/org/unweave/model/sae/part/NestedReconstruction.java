package org.unweave.model.sae.part;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.unweave.config.JobConfig;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/**
 * {@code sum_g w_g mean_b ||x - x^_g||^2}, {@code x^_g} the decoding of the latents of the first g groups, plus b_dec: each
 * inner group is to reconstruct without the outer ones.
 *
 * <p>Source: Bussmann et al., "Learning multi-level features with matryoshka sparse autoencoders", 2025, arXiv 2503.17547,
 * section 3.
 */
public final class NestedReconstruction implements Term {
    private static final String LEFT = "nested.left";
    private static final String SUMMED = "nested.summed";

    private final int[] groupEnds;
    private final double weight;
    private final Codes group;
    private float[] ofGroup = new float[0];

    /**
     * @param groupEnds the feature after the last of each group, rising to F
     * @param weight of each prefix's reconstruction
     */
    public NestedReconstruction(List<Integer> groupEnds, double weight) {
        this.groupEnds = groupEnds.stream().mapToInt(end -> end).toArray();
        this.weight = weight;
        this.group = new Codes(groupEnds.getLast());
    }

    /** Of a job's groups, each prefix with the same weight; these sum to 1, but in dictionary_learning to 1 / n. */
    public static NestedReconstruction of(JobConfig job) {
        List<Integer> ends = groupEnds(job);
        double once = 1.0 / ends.size();
        return new NestedReconstruction(ends, job.asDictionaryLearning() ? once * once : once);
    }

    // Each group's share of F cut to a whole number, the last takes what is left; as in the reference.
    private static List<Integer> groupEnds(JobConfig job) {
        List<Integer> ends = new ArrayList<>();
        int end = 0;
        for (double share : job.matryoshka().shares()) {
            int size = (int) (share * job.features());
            if (size < 1) {
                throw new IllegalArgumentException("matryoshka.groups gives a group of no latent out of "
                        + job.features() + "; give larger shares, or more features");
            }
            end += size;
            ends.add(end);
        }
        ends.set(ends.size() - 1, job.features());
        return ends;
    }

    @Override
    public String name() {
        return Reconstruction.NAME;
    }

    @Override
    public long bytes() {
        return group.bytes() + (long) ofGroup.length * Float.BYTES;
    }

    @Override
    public boolean wholeBatch() {
        return true;
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Ops ops = forward.workspace().ops();
        Mat decFD = forward.params().decFD();
        Mat leftBD = take(LEFT, forward);
        Mat summedBD = take(SUMMED, forward);
        float factor = (float) (-2 * weight / forward.rows());
        double value = 0;
        // From the whole inwards: without a group the error is larger by what the group decodes to, and a latent of a
        // group acts on the error of the prefix that ends with it and of all that contain it.
        leftBD.copyFrom(forward.errorBD());
        summedBD.fill(0);
        for (int g = groupEnds.length - 1; g >= 0; g--) {
            value += weight * ops.sumOfSquares(leftBD) / forward.rows();
            ops.addScaled(factor, leftBD, summedBD);
            group.copyRange(forward.codes(), g == 0 ? 0 : groupEnds[g - 1], groupEnds[g]);
            addGroup(forward, summedBD, gradient);
            if (g > 0) {
                ops.addDecoded(group, decFD, leftBD);
            }
        }
        ops.addColumnSums(1f, summedBD, gradient.weights().bDec1D());
        forward.workspace().drop(LEFT);
        forward.workspace().drop(SUMMED);
        return value;
    }

    private void addGroup(Forward forward, Mat summedBD, Gradient gradient) {
        Ops ops = forward.workspace().ops();
        gradient.addDecoder(group, group.value(), 1, summedBD);
        gradient.sumUpDecoder(ops); // the rows are soon others
        ofGroup = group.roomFor(ofGroup);
        Arrays.fill(ofGroup, 0, group.entries(), 0f);
        ops.addCodeGradients(group, summedBD, forward.params().decFD(), ofGroup);
        group.addToSource(forward.codes(), ofGroup, gradient.codes());
    }

    private static Mat take(String name, Forward forward) {
        return forward.workspace().take(name, forward.rows(), forward.params().width());
    }
}
