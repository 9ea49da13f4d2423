package org.unweave.eval;

import java.util.Arrays;
import java.util.List;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * Ablation without touching a row. The stream keeps the SAE's error, so only what the latents add to it is taken away:
 * with s the latents averaged over a text,
 *
 * <pre>logit' = logit - sum over the ablated latents of s_i (W_dec[i] . w)</pre>
 *
 * <p>so each text is encoded once, whatever is ablated and whichever probe looks.
 *
 * <p>Rows of padding are zeros, so what is ablated there is f(0) for each of them.
 */
final class ClosedFormAblation implements Ablation {
    private final LabelledActivations set;
    private final SparseRows means;
    private final float[] atZeroF;
    private final int contextTokens;

    private ClosedFormAblation(LabelledActivations set, SparseRows means, float[] atZeroF, int contextTokens) {
        this.set = set;
        this.means = means;
        this.atZeroF = atZeroF;
        this.contextTokens = contextTokens;
    }

    /**
     * @param contextTokens positions of a text with its padding
     */
    static ClosedFormAblation of(
            LabelledActivations set, PooledLatents latents, Subject subject, int contextTokens, Workspace workspace) {
        return new ClosedFormAblation(set, latents.means(), atZero(subject, workspace), contextTokens);
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

    @Override
    public boolean[][] right(
            int[] ranked, List<Integer> nValues, Reader reader, LinearProbe.Examples texts, Padding padding) {
        return Ablation.right(logits(ranked, nValues, reader, texts, padding), texts);
    }

    /** The probe's logits; parameters and order as those of {@link #right}. */
    double[][] logits(int[] ranked, List<Integer> nValues, Reader reader, LinearProbe.Examples texts, Padding padding) {
        int[] group = groups(ranked, nValues);
        double[] atZero = new double[nValues.size()];
        for (int latent : ranked) {
            if (group[latent] < nValues.size()) {
                atZero[group[latent]] += atZeroF[latent] * reader.alignmentF()[latent];
            }
        }
        double[][] logits = new double[nValues.size()][texts.count()];
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
                logits[n][i] = logit;
            }
        }
        return logits;
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
