package org.unweave.model.data;

/** The real bundle, opened and verified once for all tests of this process. */
final class RealBundle {
    private RealBundle() {}

    static Bundle open() {
        return Holder.BUNDLE;
    }

    private static final class Holder {
        static final Bundle BUNDLE = Bundle.open(Bundle.defaultCache());
    }
}
