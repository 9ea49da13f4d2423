package org.unweave.model.exchange;

/**
 * The moving statistics of how alike a job's decoder rows are.
 *
 * @param similarityMean of the cosines of pairs of active latents
 * @param similaritySd their standard deviation
 * @param margin beyond which pairs are pushed apart
 * @param count pairs of the last update, the weight of these statistics among others'
 */
public record EmaStatistics(
        String job, long step, double similarityMean, double similaritySd, double margin, long count) implements Told {}
