package org.unweave.eval.saebench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.model.data.DataFolder;

/** Reads the texts of chosen rows. */
final class Texts {
    private Texts() {}

    /** The texts of each key's rows, in the order of the rows given; the file is read once for all. */
    static <K> Map<K, List<String>> byKey(DataFolder.Split split, String column, Map<K, int[]> rows) {
        int[] all = rows.values().stream().flatMapToInt(Arrays::stream).toArray();
        List<String> texts = split.texts(column, all);
        Map<K, List<String>> byKey = new LinkedHashMap<>();
        int from = 0;
        for (Map.Entry<K, int[]> entry : rows.entrySet()) {
            int to = from + entry.getValue().length;
            byKey.put(entry.getKey(), texts.subList(from, to));
            from = to;
        }
        return byKey;
    }
}
