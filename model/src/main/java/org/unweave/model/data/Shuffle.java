package org.unweave.model.data;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.file.Sha256;

/** Orders that a seed decides, the same on every machine and in every Java version. */
final class Shuffle {
    private Shuffle() {}

    /** A copy in the seed's order. */
    static <T> List<T> shuffled(List<T> items, long seed) {
        List<T> shuffled = new ArrayList<>(items.size());
        if (items.isEmpty()) {
            return shuffled;
        }
        Permutation permutation = new Permutation(items.size(), seed);
        for (int i = 0; i < items.size(); i++) {
            shuffled.add(items.get((int) permutation.apply(i)));
        }
        return shuffled;
    }

    /** A name as a number to mix into a seed. */
    static long key(String name) {
        return Long.parseUnsignedLong(Sha256.of(name), 0, 16, 16);
    }
}
