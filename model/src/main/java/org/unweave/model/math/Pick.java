package org.unweave.model.math;

/**
 * What the pre-activations of a batch are looked through for, and the codes that take up what is found: for each row the
 * features in rising order, each with its pre-activation.
 */
public sealed interface Pick {
    /** Filled by {@link Ops#encode}. */
    Codes out();

    /** The k largest positive of each row; of equal ones the lower feature. */
    record TopK(int k, Codes out) implements Pick {}

    /** As {@link TopK}, among some features only. */
    record TopKAmong(FeatureSet features, int k, Codes out) implements Pick {}

    /** The {@code count} largest positive of the whole batch; of equal ones the lower row, then the lower feature. */
    record BatchTopK(int count, Codes out) implements Pick {}

    /** All positive. */
    record Positive(Codes out) implements Pick {}

    /** All above their feature's bound, which may be below 0. */
    record Above(Mat bound1F, Codes out) implements Pick {}
}
