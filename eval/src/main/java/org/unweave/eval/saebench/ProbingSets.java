package org.unweave.eval.saebench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.LabelledSetException;

/** The eight data sets of SAEBench's sparse probing, 35 classes in all, by the names that SAEBench gives them. */
public final class ProbingSets {
    private static final String BIOS = "LabHC/bias_in_bios";
    private static final String REVIEWS = "canrager/amazon_reviews_mcauley_1and5";
    private static final String NEWS = "fancyzhx/ag_news";
    private static final Map<String, ProbingSource> SETS = sets();

    private ProbingSets() {}

    private static Map<String, ProbingSource> sets() {
        Map<String, ProbingSource> sets = new LinkedHashMap<>();
        sets.put(BIOS + "_class_set1", professions(0L, 1L, 2L, 6L, 9L));
        sets.put(BIOS + "_class_set2", professions(11L, 13L, 14L, 18L, 19L));
        sets.put(BIOS + "_class_set3", professions(20L, 21L, 22L, 25L, 26L));
        sets.put(REVIEWS, new BalancedClasses(REVIEWS, "text", "category", "rating", List.of(1L, 2L, 3L, 5L, 6L)));
        sets.put(REVIEWS + "_sentiment", new LabelledRows(REVIEWS, "text", "rating", List.of("1.0", "5.0")));
        sets.put(GithubCode.DATASET, new GithubCode());
        sets.put(NEWS, new LabelledRows(NEWS, "text", "label", List.of("0", "1", "2", "3")));
        sets.put(Europarl.DATASET, new Europarl());
        return sets;
    }

    private static ProbingSource professions(Long... classes) {
        return new BalancedClasses(BIOS, "hard_text", "profession", "gender", List.of(classes));
    }

    public static List<String> names() {
        return List.copyOf(SETS.keySet());
    }

    public static boolean isKnown(String name) {
        return SETS.containsKey(name);
    }

    /** Fails, and names what is missing, if the folder does not have the files of the set. */
    public static void requireFiles(DataFolder folder, String name) {
        source(name).requireFiles(folder);
    }

    /**
     * The texts that SAEBench draws with this seed for probing tasks of twice these sizes: classes that are too small for
     * the protocol are left out, with a warning.
     *
     * @param trainTexts texts of a class; SAEBench has 2,000
     * @param testTexts texts of a class; SAEBench has 500
     */
    public static List<ClassTexts> load(DataFolder folder, String name, int trainTexts, int testTexts, long seed) {
        if (seed < 0 || seed > 0xffffffffL) {
            throw new LabelledSetException("the texts of " + name + " are drawn as NumPy draws them, which takes seeds"
                    + " from 0 to 4294967295; eval.seed is " + seed);
        }
        List<ClassTexts> classes = source(name).draw(folder, trainTexts, testTexts, seed);
        if (classes.size() < 2) {
            throw new LabelledSetException(name + ": " + classes.size() + " of its classes have texts enough for "
                    + trainTexts + " + " + testTexts + " each, and probing tells at least two apart; ask for fewer"
                    + " texts, or see whether the files are whole");
        }
        return classes;
    }

    private static ProbingSource source(String name) {
        ProbingSource source = SETS.get(name);
        if (source == null) {
            throw new LabelledSetException(
                    "SAEBench has no probing set " + name + "; it has " + String.join(", ", names()));
        }
        return source;
    }
}
