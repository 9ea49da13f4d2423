package org.unweave.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The keys of a config file, which are the records' components in kebab-case. */
final class Keys {
    private static final String BYTES = "Bytes";

    private Keys() {}

    /** {@code targetL0} is {@code target-l0}; a size carries its unit in its value, so {@code diskBudgetBytes} is {@code disk-budget}. */
    static String of(RecordComponent component) {
        String name = component.getName();
        String stem = isBytes(component) ? name.substring(0, name.length() - BYTES.length()) : name;
        return stem.replaceAll("(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    static boolean isBytes(RecordComponent component) {
        return component.getType() == long.class && component.getName().endsWith(BYTES);
    }

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    static List<String> of(Class<?> type) {
        List<String> keys = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            keys.add(of(component));
        }
        return keys;
    }

    /** The paths of a record's values, through nested records but not through lists, in the order of the components. */
    static List<String> leaves(Class<?> type, String path) {
        List<String> paths = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String full = join(path, of(component));
            if (component.getType().isRecord()) {
                paths.addAll(leaves(component.getType(), full));
            } else {
                paths.add(full);
            }
        }
        return paths;
    }

    /** The record that a list component is made of, if it is one of records. */
    static Optional<Class<? extends Record>> itemRecord(RecordComponent component) {
        if (component.getGenericType() instanceof ParameterizedType type
                && type.getActualTypeArguments()[0] instanceof Class<?> item
                && item.isRecord()) {
            return Optional.of(item.asSubclass(Record.class));
        }
        return Optional.empty();
    }

    /** The end of a sentence, with the word that was probably meant if there is one. */
    static String suggestion(String word, Collection<String> words) {
        return nearest(word, words).map(near -> "; did you mean " + near + "?").orElse(".");
    }

    static Optional<String> nearest(String word, Collection<String> words) {
        int most = Math.max(1, word.length() / 3);
        return words.stream()
                .filter(other -> distance(word, other) <= most)
                .min(Comparator.<String>comparingInt(other -> distance(word, other))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein's distance, a swap of neighbours counted as one. */
    private static int distance(String from, String to) {
        int[][] table = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                int best = Math.min(table[i - 1][j], table[i][j - 1]) + 1;
                best = Math.min(best, table[i - 1][j - 1] + change);
                boolean swapped = i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
                table[i][j] = swapped ? Math.min(best, table[i - 2][j - 2] + 1) : best;
            }
        }
        return table[from.length()][to.length()];
    }
}
