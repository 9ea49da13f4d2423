package org.unweave.model.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of data sets as the Hugging Face hub has them, each in {@code <owner>/<name>}.
 *
 * <p>The files of a split begin with its name and are parquet or JSON lines: {@code train-00000-of-00002.parquet},
 * {@code test.jsonl}. They lie in the data set's folder, or in the folder of its configuration where it has several, or
 * in {@code data} there. Parts follow one another by name.
 */
public final class DataFolder {
    private static final Pattern PART = Pattern.compile(".*-(\\d{5})-of-(\\d{5})(-[0-9a-f]+)?\\.[a-z]+");
    private static final List<String> KINDS = List.of(".parquet", ".jsonl", ".json");

    private final Path root;

    public DataFolder(Path root) {
        this.root = root;
    }

    /** A split of a data set without configurations. */
    public Split split(String dataset, String split) {
        return find(dataset, null, split);
    }

    /** A split of one configuration, as {@code en-fr} of {@code Helsinki-NLP/europarl}. */
    public Split split(String dataset, String configuration, String split) {
        return find(dataset, configuration, split);
    }

    private Split find(String dataset, @Nullable String configuration, String split) {
        String name = configuration == null ? dataset : dataset + "/" + configuration;
        Path base = root.resolve(name);
        Path data = root.resolve(dataset).resolve("data");
        Path nested = configuration == null ? data : data.resolve(configuration);
        for (Path folder : List.of(base, base.resolve("data"), nested)) {
            List<Path> files = files(folder, split);
            if (!files.isEmpty()) {
                return new Split(name + " " + split, files);
            }
        }
        throw new DataFolderException("there is no split " + split + " of " + name + " in the data folder "
                + root.toAbsolutePath() + "; put the files of the data set there as the hub has them: "
                + root.relativize(base).resolve(split + "-00000-of-00001.parquet") + ", or in its folder data, or "
                + split + ".jsonl");
    }

    private static List<Path> files(Path folder, String split) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        Pattern name = Pattern.compile(Pattern.quote(split) + "([-._].*)?");
        for (String kind : KINDS) {
            try (Stream<Path> files = Files.list(folder)) {
                List<Path> found = files.filter(file -> {
                            String plain = file.getFileName().toString();
                            return plain.endsWith(kind)
                                    && name.matcher(plain.substring(0, plain.length() - kind.length()))
                                            .matches();
                        })
                        .sorted()
                        .toList();
                if (!found.isEmpty()) {
                    return found;
                }
            } catch (IOException e) {
                throw new DataFolderException(folder + " cannot be read: " + e, e);
            }
        }
        return List.of();
    }

    /** The rows of a split, over all its files. */
    public static final class Split {
        private final String name;
        private final List<Path> files;

        private Split(String name, List<Path> files) {
            this.name = name;
            this.files = files;
        }

        /** What messages call it, as {@code fancyzhx/ag_news train}. */
        public String name() {
            return name;
        }

        public List<Path> files() {
            return files;
        }

        /** Refuses to go on if a part is missing: what is drawn depends on all rows. */
        public Split requireWhole() {
            requireParts(true);
            return this;
        }

        /** Refuses to go on if the first part, or one between others, is missing: the order of the rows counts. */
        public Split requireBeginning() {
            requireParts(false);
            return this;
        }

        private void requireParts(boolean all) {
            int next = 0;
            int parts = 0;
            for (Path file : files) {
                Matcher part = PART.matcher(file.getFileName().toString());
                if (part.matches()) {
                    parts = Integer.parseInt(part.group(2));
                    if (Integer.parseInt(part.group(1)) != next) {
                        throw missing(next, parts);
                    }
                    next++;
                }
            }
            if (all && next < parts) {
                throw missing(next, parts);
            }
        }

        private DataFolderException missing(int part, int parts) {
            return new DataFolderException("part " + part + " of the " + parts + " (counted from 0) of " + name
                    + " is not beside " + files.getFirst().toAbsolutePath()
                    + "; what is drawn depends on all rows, so put it there too");
        }

        /** Whether the rows have this column, judged by the first file. */
        public boolean hasColumn(String column) {
            Path first = files.getFirst();
            if (first.toString().endsWith(".parquet")) {
                return ParquetRows.columns(first).contains(column);
            }
            try (JsonRows rows = new JsonRows(first)) {
                DataRow row = rows.next();
                return row != null && row.has(column);
            }
        }

        /**
         * Reads rows in order.
         *
         * @param columns what of each row is wanted
         */
        public void read(List<String> columns, Sink sink) {
            int number = 0;
            for (Path file : files) {
                try (DataRows rows = DataRows.open(file, columns)) {
                    for (DataRow row = rows.next(); row != null; row = rows.next()) {
                        if (!sink.accept(number, row)) {
                            return;
                        }
                        number++;
                    }
                }
            }
        }

        /** The texts of some rows, by the numbers that {@link #read} gives them, in the order of the numbers here. */
        public List<String> texts(String column, int[] numbers) {
            BitSet wanted = new BitSet();
            for (int number : numbers) {
                wanted.set(number);
            }
            Map<Integer, String> texts = new HashMap<>();
            read(List.of(column), (number, row) -> {
                if (wanted.get(number)) {
                    texts.put(number, row.text(column));
                }
                return number + 1 < wanted.length();
            });
            List<String> inOrder = new ArrayList<>(numbers.length);
            for (int number : numbers) {
                String text = texts.get(number);
                if (text == null) {
                    throw new IllegalArgumentException(name + " has no row " + number);
                }
                inOrder.add(text);
            }
            return inOrder;
        }
    }

    /** Takes rows. */
    @FunctionalInterface
    public interface Sink {
        /**
         * @param number of the row, from 0 over all files
         * @return whether the next row is wanted, too
         */
        boolean accept(int number, DataRow row);
    }
}
