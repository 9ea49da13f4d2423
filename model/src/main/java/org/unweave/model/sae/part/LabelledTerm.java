package org.unweave.model.sae.part;

/** What terms share that act on the pooled codes of labelled texts, and on nothing in a batch without any. */
abstract class LabelledTerm implements Term {
    /** A shorter vector is taken to have this norm. */
    static final double LEAST_NORM = 1e-8;

    private final AttributionMap map;

    LabelledTerm(AttributionMap map) {
        this.map = map;
    }

    /** Has the pooled codes, and knows what tells of the spurious label. */
    final AttributionMap map() {
        return map;
    }

    @Override
    public final boolean labelled() {
        return true;
    }

    @Override
    public final boolean wholeBatch() {
        return true;
    }

    @Override
    public final double add(Forward forward, Gradient gradient) {
        return forward.batch().texts().isEmpty() ? 0 : addTexts(forward, gradient);
    }

    /** As {@link Term#add}, of a batch that has labelled texts. */
    abstract double addTexts(Forward forward, Gradient gradient);

    static double norm(double[] vector) {
        return Math.sqrt(dot(vector, vector));
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
