package org.unweave.model.data;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Norms of stored rows. They are taken from the stored values and summed in order, so they depend on the store's bytes
 * alone.
 *
 * <p>A few positions beside the first have norms that are hundreds of times the median (attention sinks). Rows above a
 * multiple of the training rows' median are excluded, as dictionary_learning does.
 */
final class NormStatistics {
    private final double[] norms;

    private NormStatistics(double[] norms) {
        this.norms = norms;
    }

    /** Of the rows of these shards, in order. */
    static NormStatistics of(List<MemorySegment> shards, HarvestRecipe recipe) {
        int rowBytes = recipe.rowBytes();
        long rows =
                shards.stream().mapToLong(shard -> shard.byteSize() / rowBytes).sum();
        double[] norms = new double[Math.toIntExact(rows)];
        int row = 0;
        for (MemorySegment shard : shards) {
            for (long offset = 0; offset < shard.byteSize(); offset += rowBytes) {
                norms[row++] = ActivationRows.norm(shard, offset, recipe.width(), recipe.precision());
            }
        }
        return new NormStatistics(norms);
    }

    /** The middle norm, or the mean of the two in the middle. */
    double median() {
        double[] sorted = norms.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The index of a part whose rows with a norm above {@code bar} are excluded. */
    StoreIndex.Part part(List<Integer> sequenceLengths, List<StoreIndex.Shard> shards, double bar) {
        List<Long> excluded = new ArrayList<>();
        double sum = 0;
        double squares = 0;
        for (int row = 0; row < norms.length; row++) {
            if (norms[row] > bar) {
                excluded.add((long) row);
            } else {
                sum += norms[row];
                squares += norms[row] * norms[row];
            }
        }
        int kept = norms.length - excluded.size();
        return new StoreIndex.Part(
                norms.length, sequenceLengths, shards, excluded, mean(sum, kept), median(), mean(squares, kept));
    }

    private static double mean(double sum, int count) {
        return count == 0 ? 0 : sum / count;
    }
}
