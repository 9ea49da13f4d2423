package org.unweave.cluster.watch;

/** Something that has changed, in one line. */
record News(Weight weight, String text) {
    /** How it is to be taken. */
    enum Weight {
        USUAL,
        GOOD,
        WARNING,
        BAD
    }
}
