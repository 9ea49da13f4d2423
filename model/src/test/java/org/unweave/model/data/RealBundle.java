package org.unweave.model.data;

import org.jspecify.annotations.Nullable;

/** The real bundle, opened and verified once for all tests of this process; where it is absent, each test says so. */
final class RealBundle {
    private static @Nullable Bundle opened;

    private RealBundle() {}

    static synchronized Bundle open() {
        if (opened == null) {
            opened = Bundle.open(Bundle.defaultCache());
        }
        return opened;
    }
}
