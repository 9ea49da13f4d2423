package org.unweave.eval;

/**
 * A feature that is looked at.
 *
 * @param reason {@code attributed}, {@code active} or {@code random}
 * @param rank among those of its reason, from 1
 * @param attribution its share of what all features tell of the spurious label; NaN where it is not known
 */
record ChosenFeature(int feature, String reason, int rank, double attribution) {}
