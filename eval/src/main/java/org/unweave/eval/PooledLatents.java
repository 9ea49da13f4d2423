package org.unweave.eval;

import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/** An SAE's latents on a labelled set: each text is encoded once, and its rows' latents are averaged. */
final class PooledLatents {
    private static final int BLOCK_ROWS = 512;

    private final SparseRows means;
    private final int[] active;
    private final int rows;

    private PooledLatents(SparseRows means, int[] active, int rows) {
        this.means = means;
        this.active = active;
        this.rows = rows;
    }

    /** Encodes the rows of all texts; outliers are left out. */
    static PooledLatents of(LabelledActivations set, Subject subject, Workspace workspace) {
        FrozenSae sae = subject.sae();
        SparseRows.Builder pooled = new SparseRows.Builder(sae.features(), set.texts());
        int[] active = new int[sae.features()];
        int rows = 0;
        Codes codes = new Codes(sae.features());
        int text = 0;
        int used = 0;
        for (int from = 0; from < set.rows().rows(); from += BLOCK_ROWS) {
            int count = Math.min(BLOCK_ROWS, set.rows().rows() - from);
            Mat xBD = workspace.take("pooled.rows", count, sae.width());
            set.rows().copyTo(from, xBD);
            sae.encode(xBD, workspace, codes);
            for (int b = 0; b < count; b++) {
                while (from + b >= set.start(text + 1)) {
                    pooled.endRow(used == 0 ? 0 : 1f / used);
                    text++;
                    used = 0;
                }
                if (!set.outlier(from + b)) {
                    add(codes, b, pooled, active, subject);
                    used++;
                    rows++;
                }
            }
        }
        for (; text < set.texts(); text++) {
            pooled.endRow(used == 0 ? 0 : 1f / used);
            used = 0;
        }
        return new PooledLatents(pooled.build(), active, rows);
    }

    private static void add(Codes codes, int row, SparseRows.Builder pooled, int[] active, Subject subject) {
        int end = codes.rowStart()[row + 1];
        for (int j = codes.rowStart()[row]; j < end; j++) {
            float value = codes.value()[j];
            requireFinite(codes.feature()[j], value, subject);
            pooled.add(codes.feature()[j], value);
            active[codes.feature()[j]] += value == 0 ? 0 : 1;
        }
    }

    static void requireFinite(int latent, float value, Subject subject) {
        if (!Float.isFinite(value)) {
            throw new EvaluationException("latent " + latent + " of " + subject.id() + " is " + value
                    + "; its weights are damaged or diverged");
        }
    }

    /** The mean of each latent over each text's rows. */
    SparseRows means() {
        return means;
    }

    /** The share of the rows in which a latent is not 0. */
    double firingRate(int latent) {
        return rows == 0 ? 0 : (double) active[latent] / rows;
    }
}
