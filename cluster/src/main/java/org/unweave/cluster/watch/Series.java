package org.unweave.cluster.watch;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The numbers of which a curve can be shown. */
enum Series {
    LOSS("loss", "loss"),
    L0("l0", "L0"),
    VARIANCE_EXPLAINED("variance_explained", "variance explained"),
    DEAD_SHARE("dead_share", "dead share"),
    ROWS_PER_SECOND("rows_per_second", "rows a second");

    private final String key;
    private final String words;

    Series(String key, String words) {
        this.key = key;
        this.words = words;
    }

    /** Its name in metrics. */
    String key() {
        return key;
    }

    String words() {
        return words;
    }

    Series next() {
        List<Series> all = List.of(values());
        return all.get((all.indexOf(this) + 1) % all.size());
    }

    /** All keys, by commas. */
    static String keys() {
        return Arrays.stream(values()).map(Series::key).collect(Collectors.joining(","));
    }
}
