package org.unweave.model.sae.part;

import java.util.Arrays;
import org.unweave.model.math.Codes;
import org.unweave.model.math.FeatureSet;
import org.unweave.model.math.State;

/**
 * Which latents have not fired for how many rows, and how often each has fired since the last checkpoint.
 *
 * <p>Source: dictionary_learning's {@code num_tokens_since_fired}. A latent fires where its code is not 0.
 */
public final class DeadFeatures implements State.Holder {
    private final long deadAfterRows;
    private final long[] rowsSinceFired;
    private final long[] firings;
    private long rows;
    private FeatureSet dead = FeatureSet.empty();

    /** Latents are dead after this many rows without firing. */
    public DeadFeatures(int features, long deadAfterRows) {
        this.deadAfterRows = deadAfterRows;
        this.rowsSinceFired = new long[features];
        this.firings = new long[features];
    }

    /** Counts a batch whose update is applied. */
    public void update(Codes codes) {
        int[] fired = new int[firings.length];
        count(codes, fired);
        update(codes.rows(), fired);
    }

    /** Counts a batch of so many rows whose update is applied, in which each latent fired so often. */
    public void update(int batchRows, int[] fired) {
        for (int f = 0; f < rowsSinceFired.length; f++) {
            rowsSinceFired[f] = fired[f] > 0 ? 0 : rowsSinceFired[f] + batchRows;
            firings[f] += fired[f];
        }
        rows += batchRows;
        find();
    }

    /** Adds how often each latent fires, and returns how often all of them do. */
    public static long count(Codes codes, int[] fired) {
        long all = 0;
        for (int j = 0; j < codes.entries(); j++) {
            if (codes.value()[j] != 0) {
                fired[codes.feature()[j]]++;
                all++;
            }
        }
        return all;
    }

    private void find() {
        dead = silentFor(deadAfterRows);
    }

    /** The latents that have not fired for at least so many rows. */
    public FeatureSet silentFor(long atLeastRows) {
        return silent(rowsSinceFired, atLeastRows);
    }

    private static FeatureSet silent(long[] since, long atLeastRows) {
        int count = 0;
        int[] found = new int[since.length];
        for (int f = 0; f < since.length; f++) {
            if (since[f] >= atLeastRows) {
                found[count++] = f;
            }
        }
        return FeatureSet.of(Arrays.copyOf(found, count));
    }

    /** The latents that are dead. */
    public FeatureSet dead() {
        return dead;
    }

    /** The latents that are dead once the batch is counted. Changes nothing. */
    public FeatureSet deadAfter(Codes codes) {
        long[] since = rowsSinceFired.clone();
        for (int f = 0; f < since.length; f++) {
            since[f] += codes.rows();
        }
        for (int j = 0; j < codes.entries(); j++) {
            if (codes.value()[j] != 0) {
                since[codes.feature()[j]] = 0;
            }
        }
        return silent(since, deadAfterRows);
    }

    /** The share of latents that are dead. */
    public double share() {
        return (double) dead.size() / rowsSinceFired.length;
    }

    /** How often each latent fired per row since the last call, and starts counting anew. */
    public double[] takeDensity() {
        double[] density = new double[firings.length];
        for (int f = 0; f < density.length; f++) {
            density[f] = rows == 0 ? 0 : (double) firings[f] / rows;
        }
        Arrays.fill(firings, 0);
        rows = 0;
        return density;
    }

    @Override
    public void save(State state) {
        state.put("dead.rows_since_fired", rowsSinceFired);
        state.put("dead.firings", firings);
        state.put("dead.rows", rows);
    }

    @Override
    public void load(State state) {
        System.arraycopy(
                state.longs("dead.rows_since_fired", rowsSinceFired.length), 0, rowsSinceFired, 0, firings.length);
        System.arraycopy(state.longs("dead.firings", firings.length), 0, firings, 0, firings.length);
        rows = state.longs("dead.rows", 1)[0];
        find();
    }
}
