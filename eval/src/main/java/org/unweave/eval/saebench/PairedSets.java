package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.eval.PairedTexts;
import org.unweave.eval.PairedTexts.Cell;
import org.unweave.eval.PairedTexts.Pair;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.LabelledSetException;

/** The two data sets of SAEBench's spurious correlation removal, eight pairs in all, by SAEBench's names. */
public final class PairedSets {
    private static final Map<String, Source> SETS = sets();

    /**
     * Where the attributes stand.
     *
     * @param mains the numbers that stand for the values of the main attribute
     * @param seconds those of the spurious attribute, the positive one first
     */
    private record Source(
            String dataset,
            String textColumn,
            String mainColumn,
            String secondColumn,
            Map<String, Long> mains,
            Map<String, Double> seconds,
            List<Pair> pairs) {}

    private PairedSets() {}

    private static Map<String, Source> sets() {
        Map<String, Double> genders = new LinkedHashMap<>();
        genders.put("male", 0.0);
        genders.put("female", 1.0);
        Map<String, Double> ratings = new LinkedHashMap<>();
        ratings.put("1.0", 1.0);
        ratings.put("5.0", 5.0);
        Map<String, Source> sets = new LinkedHashMap<>();
        sets.put(
                "LabHC/bias_in_bios_class_set1",
                new Source(
                        "LabHC/bias_in_bios",
                        "hard_text",
                        "profession",
                        "gender",
                        Map.of(
                                "architect", 1L,
                                "attorney", 2L,
                                "journalist", 11L,
                                "nurse", 13L,
                                "professor", 21L,
                                "psychologist", 22L,
                                "surgeon", 25L,
                                "teacher", 26L),
                        genders,
                        List.of(
                                new Pair("professor", "nurse"),
                                new Pair("architect", "journalist"),
                                new Pair("surgeon", "psychologist"),
                                new Pair("attorney", "teacher"))));
        sets.put(
                "canrager/amazon_reviews_mcauley_1and5",
                new Source(
                        "canrager/amazon_reviews_mcauley_1and5",
                        "text",
                        "category",
                        "rating",
                        Map.of(
                                "Toys_and_Games", 1L,
                                "Industrial_and_Scientific", 3L,
                                "Electronics", 6L,
                                "Office_Products", 11L,
                                "Pet_Supplies", 18L,
                                "Books", 24L,
                                "CDs_and_Vinyl", 26L,
                                "Software", 30L),
                        ratings,
                        List.of(
                                new Pair("Books", "CDs_and_Vinyl"),
                                new Pair("Software", "Electronics"),
                                new Pair("Pet_Supplies", "Office_Products"),
                                new Pair("Industrial_and_Scientific", "Toys_and_Games"))));
        return sets;
    }

    public static List<String> names() {
        return List.copyOf(SETS.keySet());
    }

    public static boolean isKnown(String name) {
        return SETS.containsKey(name);
    }

    /** Fails, and names what is missing, if the folder does not have the files of the set. */
    public static void requireFiles(DataFolder folder, String name) {
        Source source = source(name);
        folder.split(source.dataset(), "train").requireWhole();
        folder.split(source.dataset(), "test").requireWhole();
    }

    /**
     * Reads the first rows of each combination, in the data set's order, as many as there are up to the sizes.
     *
     * @param trainTexts of a combination; SAEBench has 1,000 and twice that where the biased probe takes them
     * @param testTexts of a combination; SAEBench has 250 and twice that
     */
    public static PairedTexts load(DataFolder folder, String name, int trainTexts, int testTexts) {
        Source source = source(name);
        Map<Place, List<String>> train = heads(folder.split(source.dataset(), "train"), source, trainTexts);
        Map<Place, List<String>> test = heads(folder.split(source.dataset(), "test"), source, testTexts);
        List<Cell> cells = new ArrayList<>();
        for (Pair pair : source.pairs()) {
            for (String main : List.of(pair.first(), pair.second())) {
                for (String second : source.seconds().keySet()) {
                    Place place = new Place(main, second);
                    cells.add(new Cell(
                            main, second, train.getOrDefault(place, List.of()), test.getOrDefault(place, List.of())));
                }
            }
        }
        return new PairedTexts(name, List.copyOf(source.seconds().keySet()), source.pairs(), cells);
    }

    private record Place(String main, String second) {}

    private record Numbers(long main, double second) {}

    private static Map<Place, List<String>> heads(DataFolder.Split split, Source source, int count) {
        Map<Numbers, Place> places = new LinkedHashMap<>();
        Map<Place, RowGroup> groups = new LinkedHashMap<>();
        source.mains()
                .forEach((main, mainNumber) -> source.seconds().forEach((second, secondNumber) -> {
                    places.put(new Numbers(mainNumber, secondNumber), new Place(main, second));
                    groups.put(new Place(main, second), new RowGroup());
                }));
        split.requireWhole().read(List.of(source.mainColumn(), source.secondColumn()), (number, row) -> {
            Place place = places.get(new Numbers(row.integer(source.mainColumn()), row.number(source.secondColumn())));
            RowGroup group = place == null ? null : groups.get(place);
            if (group != null) {
                group.add(number);
            }
            return true;
        });
        Map<Place, int[]> chosen = new LinkedHashMap<>();
        groups.forEach((place, group) -> chosen.put(place, group.head(count)));
        return Texts.byKey(split, source.textColumn(), chosen);
    }

    private static Source source(String name) {
        Source source = SETS.get(name);
        if (source == null) {
            throw new LabelledSetException(
                    "SAEBench has no set of pairs " + name + "; it has " + String.join(", ", names()));
        }
        return source;
    }
}
