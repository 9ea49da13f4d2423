package org.unweave.model.data;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * The bundle's labelled sets, by name.
 *
 * <p>The files are not what they seem, so each set says which targets of which file make a class: file 97 is AG News
 * under other class names; the files of one topic or language against all others (158 to 163) are used for their
 * positives only; file 112, called Amazon, is a copy of file 111, Yelp. Most files repeat texts, so each text is taken
 * once; a text that a set has in two classes is taken in none.
 */
public final class LabelledSets {
    /** Begins the names of the bundle's sets in results. */
    public static final String PREFIX = "bundle/";

    private static final String FOLDER = "sae_probes/data/cleaned_data/";
    private static final String SUFFIX = ".csv.zst";
    private static final CSVFormat CSV =
            CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    private static final Map<String, List<Source>> SETS = sets();

    /** The texts of a file that make a class: those with one of these targets. */
    record Source(String label, String file, Set<String> targets) {
        Source(String label, String file, String... targets) {
            this(label, file, Set.of(targets));
        }
    }

    private LabelledSets() {}

    private static Map<String, List<Source>> sets() {
        String positive = "1";
        Map<String, List<Source>> sets = new LinkedHashMap<>();
        sets.put(
                "ag-news",
                List.of(
                        new Source("World", "161_agnews_0", positive),
                        new Source("Sports", "162_agnews_1", positive),
                        new Source("Business", "163_agnews_2", positive)));
        sets.put(
                "ag-news-4",
                List.of(
                        new Source("World", "97_news_class", "Politics"),
                        new Source("Sports", "97_news_class", "Sport"),
                        new Source("Business", "97_news_class", "Technology"),
                        new Source("SciTech", "97_news_class", "Entertainment")));
        sets.put(
                "code-language",
                List.of(
                        new Source("C", "158_code_C", positive),
                        new Source("Python", "159_code_Python", positive),
                        new Source("HTML", "160_code_HTML", positive)));
        sets.put(
                "amazon-sentiment",
                List.of(
                        new Source("negative", "157_amazon_5star", "0"),
                        new Source("positive", "157_amazon_5star", "1")));
        // Stars from 0 to 4; the middle one is neither.
        sets.put(
                "yelp-stars",
                List.of(
                        new Source("negative", "111_yelp_data", "0", "1"),
                        new Source("positive", "111_yelp_data", "3", "4")));
        sets.put(
                "movie-sentiment",
                List.of(new Source("negative", "113_movie_sent", "0"), new Source("positive", "113_movie_sent", "1")));
        return sets;
    }

    /** The names that {@link #load} knows. */
    public static List<String> names() {
        return List.copyOf(SETS.keySet());
    }

    /** Whether {@link #load} can read a set of this name. */
    public static boolean isKnown(String name) {
        return SETS.containsKey(plain(name));
    }

    static String plain(String name) {
        return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    }

    /** Reads a set of the bundle, as {@code ag-news} or {@code bundle/ag-news}. */
    public static LabelledSet load(Bundle bundle, String name) {
        String plain = plain(name);
        List<Source> sources = SETS.get(plain);
        if (sources == null) {
            throw new LabelledSetException(
                    "labelled set " + name + " is unknown; the bundle has " + String.join(", ", names()));
        }
        return load(bundle, plain, sources);
    }

    /** Reads the classes in the order of their sources. */
    static LabelledSet load(Bundle bundle, String plain, List<Source> sources) {
        Map<String, List<Row>> files = new LinkedHashMap<>();
        for (Source source : sources) {
            files.computeIfAbsent(source.file(), file -> rows(bundle, plain, file));
        }
        List<String> classes = sources.stream().map(Source::label).toList();
        Map<String, Integer> labels = new LinkedHashMap<>();
        Set<String> ambiguous = new LinkedHashSet<>();
        for (int label = 0; label < sources.size(); label++) {
            Source source = sources.get(label);
            for (Row row : files.getOrDefault(source.file(), List.of())) {
                if (source.targets().contains(row.target())) {
                    Integer before = labels.putIfAbsent(row.text(), label);
                    if (before != null && before != label) {
                        ambiguous.add(row.text());
                    }
                }
            }
        }
        labels.keySet().removeAll(ambiguous);
        List<LabelledText> texts = new ArrayList<>();
        labels.forEach((text, label) -> texts.add(new LabelledText(text, label)));
        return new LabelledSet(PREFIX + plain, classes, texts);
    }

    private record Row(String text, String target) {}

    private static List<Row> rows(Bundle bundle, String set, String file) {
        try (InputStream in = bundle.stream(Wheel.PROBES, FOLDER + file + SUFFIX)) {
            return rows(set + " (" + file + SUFFIX + ")", new ZstdInputStream(in));
        } catch (IOException e) {
            throw unreadable(set + " (" + file + SUFFIX + ")", e);
        }
    }

    /** Reads the columns {@code prompt} and {@code target}. */
    private static List<Row> rows(String set, InputStream in) throws IOException {
        List<Row> rows = new ArrayList<>();
        try (CSVParser parser = CSV.parse(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (CSVRecord record : parser) {
                String text = record.get("prompt");
                if (!text.isBlank()) {
                    rows.add(new Row(text, record.get("target")));
                }
            }
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw unreadable(set, e);
        }
        return rows;
    }

    private static LabelledSetException unreadable(String set, @Nullable Exception e) {
        return new LabelledSetException("labelled set " + set + " cannot be read: " + e, e);
    }
}
