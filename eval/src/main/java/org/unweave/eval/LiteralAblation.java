package org.unweave.eval;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * Ablation as it is defined: every position of a text is encoded, latents are set to 0, and what the rest reconstructs is
 * put back with the error. A text is encoded for each number of latents; kept is what was made for one ranking. The
 * control of {@link ClosedFormAblation}, and what it is timed against.
 */
final class LiteralAblation implements Ablation {
    private static final int BATCH_TEXTS = 16;

    private final LabelledActivations set;
    private final Subject subject;
    private final int contextTokens;
    private final Workspace workspace;
    private final Map<String, double[]> kept = new HashMap<>();
    private int[] keptFor = new int[0];

    /**
     * @param contextTokens positions of a text with its padding
     */
    LiteralAblation(LabelledActivations set, Subject subject, int contextTokens, Workspace workspace) {
        this.set = set;
        this.subject = subject;
        this.contextTokens = contextTokens;
        this.workspace = workspace;
    }

    @Override
    public boolean[][] right(
            int[] ranked, List<Integer> nValues, Reader reader, LinearProbe.Examples texts, Padding padding) {
        return Ablation.right(logits(ranked, nValues, reader.probe(), texts, padding), texts);
    }

    /** The probe's logits; parameters and order as those of {@link #right}. */
    double[][] logits(
            int[] ranked, List<Integer> nValues, LinearProbe probe, LinearProbe.Examples texts, Padding padding) {
        if (!Arrays.equals(ranked, keptFor)) {
            kept.clear();
            keptFor = ranked.clone();
        }
        double[][] logits = new double[nValues.size()][texts.count()];
        for (int n = 0; n < logits.length; n++) {
            int[] ablated = Arrays.copyOf(ranked, Math.min(ranked.length, nValues.get(n)));
            String prefix = padding + " " + nValues.get(n) + " ";
            int[] missing = Arrays.stream(texts.row())
                    .filter(text -> !kept.containsKey(prefix + text))
                    .toArray();
            for (int from = 0; from < missing.length; from += BATCH_TEXTS) {
                int[] batch = Arrays.copyOfRange(missing, from, Math.min(missing.length, from + BATCH_TEXTS));
                double[][] pooled = pooled(batch, ablated, padding);
                for (int i = 0; i < batch.length; i++) {
                    kept.put(prefix + batch[i], pooled[i]);
                }
            }
            for (int i = 0; i < texts.count(); i++) {
                logits[n][i] = probe.bias();
                double[] meanD = kept.getOrDefault(prefix + texts.row()[i], new double[0]);
                double[] weightD = probe.weight();
                for (int d = 0; d < meanD.length; d++) {
                    logits[n][i] += meanD[d] * weightD[d];
                }
            }
        }
        return logits;
    }

    /** The mean of the rows of each text after the ablation. */
    private double[][] pooled(int[] texts, int[] ablated, Padding padding) {
        int[] start = new int[texts.length + 1];
        for (int i = 0; i < texts.length; i++) {
            start[i + 1] = start[i] + positions(texts[i], padding);
        }
        int width = subject.sae().width();
        Mat xBD = workspace.take("literal.x", start[texts.length], width);
        xBD.fill(0);
        float[] row = new float[width];
        for (int i = 0; i < texts.length; i++) {
            int at = start[i];
            for (int r = set.start(texts[i]); r < set.start(texts[i] + 1); r++) {
                if (!set.outlier(r)) {
                    set.rows().copyRow(r, row);
                    xBD.setRow(at, row);
                    at++;
                }
            }
        }
        Mat changedBD = changed(xBD, ablated);
        double[][] pooled = new double[texts.length][width];
        for (int i = 0; i < texts.length; i++) {
            int used = set.used(texts[i]);
            for (int b = start[i]; b < start[i + 1]; b++) {
                for (int d = 0; d < width; d++) {
                    pooled[i][d] += (double) changedBD.get(b, d) / used;
                }
            }
        }
        return pooled;
    }

    /** Outliers are no positions here. */
    private int positions(int text, Padding padding) {
        int own = set.used(text);
        int rows = set.start(text + 1) - set.start(text);
        return padding == Padding.ENCODED ? contextTokens - rows + own : own;
    }

    private Mat changed(Mat xBD, int[] ablated) {
        boolean[] off = new boolean[subject.sae().features()];
        for (int latent : ablated) {
            off[latent] = true;
        }
        Codes codes = new Codes(off.length);
        subject.sae().encode(xBD, workspace, codes);
        Mat errorBD = workspace.take("literal.error", xBD.rows(), xBD.cols());
        subject.sae().decode(codes, workspace, errorBD);
        workspace.ops().subtract(xBD, errorBD, errorBD);
        for (int j = 0; j < codes.entries(); j++) {
            if (off[codes.feature()[j]]) {
                codes.value()[j] = 0;
            }
        }
        Mat changedBD = workspace.take("literal.changed", xBD.rows(), xBD.cols());
        subject.sae().decode(codes, workspace, changedBD);
        workspace.ops().addScaled(1, errorBD, changedBD);
        return changedBD;
    }
}
