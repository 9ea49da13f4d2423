package org.unweave.eval;

import java.util.Arrays;
import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * What a probe's logits become when latents are set to 0 in the residual stream of a labelled set's texts: the stream
 * keeps the SAE's error, so only what the latents add to it is taken away. With s the latents averaged over a text,
 *
 * <pre>logit' = logit - sum over the ablated latents of s_i (W_dec[i] . w)</pre>
 *
 * <p>so each text is encoded once, whatever is ablated and whichever probe looks.
 *
 * <p>SAEBench pads texts with rows of zeros and ablates there too, where latents may be active all the same: f(0). Their
 * sum is divided by the number of the text's own rows. {@link Padding#ENCODED} does the same.
 */
final class Ablation {
    private final LabelledActivations set;
    private final SparseRows means;
    private final float[] atZeroF;
    private final int contextTokens;

    /** What becomes of the positions of a text's context that hold no token of its own. */
    enum Padding {
        /** Ablated like the others, as SAEBench has it. */
        ENCODED,
        /** Left alone. */
        LEFT_OUT
    }

    private Ablation(LabelledActivations set, SparseRows means, float[] atZeroF, int contextTokens) {
        this.set = set;
        this.means = means;
        this.atZeroF = atZeroF;
        this.contextTokens = contextTokens;
    }

    /**
     * @param contextTokens positions of a text with its padding
     */
    static Ablation of(
            LabelledActivations set, PooledLatents latents, Subject subject, int contextTokens, Workspace workspace) {
        return new Ablation(set, latents.means(), atZero(subject, workspace), contextTokens);
    }

    /** f(0): the latents of a row of zeros. */
    private static float[] atZero(Subject subject, Workspace workspace) {
        Mat zero1D = workspace.take("ablation.zero", 1, subject.sae().width());
        zero1D.fill(0);
        Codes codes = new Codes(subject.sae().features());
        subject.sae().encode(zero1D, workspace, codes);
        float[] atZeroF = new float[subject.sae().features()];
        for (int j = 0; j < codes.entries(); j++) {
            PooledLatents.requireFinite(codes.feature()[j], codes.value()[j], subject);
            atZeroF[codes.feature()[j]] = codes.value()[j];
        }
        return atZeroF;
    }

    /** A probe with the scalar products of its weights and the decoder rows. */
    static final class Reader {
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
    boolean[][] right(int[] ranked, List<Integer> nValues, Reader reader, LinearProbe.Examples texts, Padding padding) {
        int[] group = groups(ranked, nValues);
        double[] atZero = new double[nValues.size()];
        for (int latent : ranked) {
            if (group[latent] < nValues.size()) {
                atZero[group[latent]] += atZeroF[latent] * reader.alignmentF()[latent];
            }
        }
        boolean[][] right = new boolean[nValues.size()][texts.count()];
        double[] taken = new double[nValues.size()];
        for (int i = 0; i < texts.count(); i++) {
            int text = texts.row()[i];
            Arrays.fill(taken, 0);
            for (int j = means.start(text); j < means.end(text); j++) {
                int latent = means.column(j);
                if (group[latent] < nValues.size()) {
                    taken[group[latent]] += means.value(j) * reader.alignmentF()[latent];
                }
            }
            double paddings = padding == Padding.ENCODED ? paddings(text) : 0;
            double logit = reader.probe().logit(texts.rows(), text);
            for (int n = 0; n < taken.length; n++) {
                logit -= taken[n] + paddings * atZero[n];
                right[n][i] = logit > 0 == texts.positive()[i];
            }
        }
        return right;
    }

    /** For each latent the index of the first n that ablates it; behind the last where none does. */
    private int[] groups(int[] ranked, List<Integer> nValues) {
        int[] group = new int[atZeroF.length];
        Arrays.fill(group, nValues.size());
        int n = 0;
        for (int rank = 0; rank < ranked.length; rank++) {
            while (n < nValues.size() && rank >= nValues.get(n)) {
                n++;
            }
            group[ranked[rank]] = n;
        }
        return group;
    }

    /** Positions of padding to a row of the text that is in its mean. An outlier is neither. */
    private double paddings(int text) {
        int rows = set.start(text + 1) - set.start(text);
        return (double) (contextTokens - rows) / set.used(text);
    }
}
