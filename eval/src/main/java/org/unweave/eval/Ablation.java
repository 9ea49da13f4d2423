package org.unweave.eval;

import java.util.List;
import org.unweave.model.math.Workspace;

/**
 * Sets latents to 0 in the residual stream of a labelled set's texts, which keeps the SAE's error, and asks probes about
 * the mean of each text's rows.
 */
interface Ablation {
    /**
     * What becomes of the positions of a text's context that hold no token of its own. SAEBench fills them with rows of
     * zeros, ablates there too, where latents may be active all the same, and divides the sum of all by the number of the
     * text's own rows.
     */
    enum Padding {
        /** Ablated like the others, as SAEBench has it. */
        ENCODED,
        /** Left alone. */
        LEFT_OUT
    }

    /** A probe with the scalar products of its weights and the decoder rows. */
    final class Reader {
        private final LinearProbe probe;
        private final double[] alignmentF;

        private Reader(LinearProbe probe, double[] alignmentF) {
            this.probe = probe;
            this.alignmentF = alignmentF;
        }

        static Reader of(LinearProbe probe, Subject subject, Workspace workspace) {
            return new Reader(probe, Attribution.alignment(subject.sae(), probe.weight(), workspace.ops()));
        }

        LinearProbe probe() {
            return probe;
        }

        double[] alignmentF() {
            return alignmentF;
        }
    }

    /**
     * Which texts the probe gets right with the first n of the ranked latents ablated.
     *
     * @param ranked what is ablated, the first first; all of it where it is shorter than n
     * @param nValues rising
     * @return by the index of n, then by example
     */
    boolean[][] right(int[] ranked, List<Integer> nValues, Reader reader, LinearProbe.Examples texts, Padding padding);

    /** Whether each logit has its label's sign; 0 counts as negative. */
    static boolean[][] right(double[][] logits, LinearProbe.Examples texts) {
        boolean[][] right = new boolean[logits.length][texts.count()];
        for (int n = 0; n < right.length; n++) {
            for (int i = 0; i < texts.count(); i++) {
                right[n][i] = logits[n][i] > 0 == texts.positive()[i];
            }
        }
        return right;
    }
}
