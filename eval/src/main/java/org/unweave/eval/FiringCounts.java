package org.unweave.eval;

import java.util.function.IntPredicate;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/** On how many rows of a text each latent fires, and its largest value there. */
final class FiringCounts {
    private static final int BLOCK_ROWS = 512;

    private final int[] fired;
    private final float[] largest;
    private long rows;

    FiringCounts(int features) {
        this.fired = new int[features];
        this.largest = new float[features];
    }

    /** Counts a whole corpus. */
    static FiringCounts of(CorpusRows corpus, Subject subject, Workspace workspace) {
        return of(corpus, sequence -> true, subject, workspace)[0];
    }

    /** Counts the sequences of a corpus for which {@code half} holds into one, the others into another. */
    static FiringCounts[] of(CorpusRows corpus, IntPredicate half, Subject subject, Workspace workspace) {
        int features = subject.sae().features();
        FiringCounts[] halves = {new FiringCounts(features), new FiringCounts(features)};
        Codes codes = new Codes(features);
        int sequence = 0;
        for (int from = 0; from < corpus.rows(); from += BLOCK_ROWS) {
            int count = Math.min(BLOCK_ROWS, corpus.rows() - from);
            Mat xBD = workspace.take("unlearning.corpus", count, subject.sae().width());
            corpus.copyTo(from, xBD);
            subject.sae().encode(xBD, workspace, codes);
            for (int b = 0; b < count; b++) {
                while (from + b >= corpus.start(sequence + 1)) {
                    sequence++;
                }
                if (!corpus.leftOut(from + b)) {
                    halves[half.test(sequence) ? 0 : 1].add(codes, b, subject);
                }
            }
        }
        return halves;
    }

    private void add(Codes codes, int row, Subject subject) {
        rows++;
        for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
            int feature = codes.feature()[j];
            float value = codes.value()[j];
            PooledLatents.requireFinite(feature, value, subject);
            if (value > 0) {
                fired[feature]++;
                largest[feature] = Math.max(largest[feature], value);
            }
        }
    }

    void add(FiringCounts other) {
        rows += other.rows;
        for (int feature = 0; feature < fired.length; feature++) {
            fired[feature] += other.fired[feature];
            largest[feature] = Math.max(largest[feature], other.largest[feature]);
        }
    }

    int features() {
        return fired.length;
    }

    long rows() {
        return rows;
    }

    double rate(int feature) {
        return rows == 0 ? 0 : (double) fired[feature] / rows;
    }

    float largest(int feature) {
        return largest[feature];
    }
}
