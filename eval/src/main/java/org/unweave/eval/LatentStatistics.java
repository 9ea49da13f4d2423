package org.unweave.eval;

import java.util.Arrays;
import org.unweave.model.math.Codes;

/** How often latents are active, row by row and sequence by sequence. */
final class LatentStatistics {
    private final long[] active;
    private final long[] sequences;
    private final long[] lastSequence;
    private long rows;
    private long nonZero;
    private double sum;

    LatentStatistics(int features) {
        this.active = new long[features];
        this.sequences = new long[features];
        this.lastSequence = new long[features];
        Arrays.fill(lastSequence, -1);
    }

    /** Adds one row of codes, which belongs to a sequence; sequences come one after the other. */
    void add(Codes codes, int row, long sequence) {
        rows++;
        int end = codes.rowStart()[row + 1];
        for (int j = codes.rowStart()[row]; j < end; j++) {
            float value = codes.value()[j];
            if (value != 0) {
                nonZero++;
                sum += value;
            }
            if (value > 0) {
                int feature = codes.feature()[j];
                active[feature]++;
                if (lastSequence[feature] != sequence) {
                    lastSequence[feature] = sequence;
                    sequences[feature]++;
                }
            }
        }
    }

    double l0() {
        return (double) nonZero / rows;
    }

    /** The mean of the rows' sums of values, negative ones counted as they are. */
    double l1() {
        return sum / rows;
    }

    long rows() {
        return rows;
    }

    /** Features that are positive in a row at least. */
    int alive() {
        int alive = 0;
        for (long count : active) {
            alive += count > 0 ? 1 : 0;
        }
        return alive;
    }

    int features() {
        return active.length;
    }

    /** The share of rows in which a latent is positive. */
    double density(int feature) {
        return (double) active[feature] / rows;
    }

    /** Rows per sequence in which a latent is positive; NaN for one that never is. */
    double perSequence(int feature) {
        return (double) active[feature] / sequences[feature];
    }

    /** The share of latents that are active in more than a share of the rows. */
    double shareAbove(double density) {
        int above = 0;
        for (int feature = 0; feature < active.length; feature++) {
            if (density(feature) > density) {
                above++;
            }
        }
        return (double) above / active.length;
    }

    /** The share of all activity that belongs to latents above a density; 0 where nothing is active. */
    double activityAbove(double density) {
        double above = 0;
        double all = 0;
        for (int feature = 0; feature < active.length; feature++) {
            all += density(feature);
            if (density(feature) > density) {
                above += density(feature);
            }
        }
        return all == 0 ? 0 : above / all;
    }
}
