package org.unweave.model.math;

/** Some of an SAE's features, rising and each once. Immutable. */
public final class FeatureSet {
    private static final FeatureSet EMPTY = new FeatureSet(new int[0]);

    private final int[] features;

    private FeatureSet(int[] features) {
        this.features = features;
    }

    public static FeatureSet empty() {
        return EMPTY;
    }

    /** A copy of the numbers, which must rise. */
    public static FeatureSet of(int... features) {
        for (int i = 1; i < features.length; i++) {
            if (features[i] <= features[i - 1]) {
                throw new IllegalArgumentException("features do not rise: " + features[i - 1] + ", " + features[i]);
            }
        }
        return new FeatureSet(features.clone());
    }

    public int size() {
        return features.length;
    }

    /** The i-th of them, from the lowest on. */
    public int get(int i) {
        return features[i];
    }

    /** A copy. */
    public int[] toArray() {
        return features.clone();
    }

    /** For kernels, which do not change it. */
    int[] array() {
        return features;
    }
}
