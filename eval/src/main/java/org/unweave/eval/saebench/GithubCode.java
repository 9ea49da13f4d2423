package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.eval.random.PythonRandom;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataRow;
import org.unweave.model.data.LabelledSetException;

/**
 * Source files of five programming languages, in the order of the data set's rows until each language has one more than
 * are used; the languages that come more often have more by then, and all of a language's files are shuffled. Short files
 * are passed over, and the beginning of each file, where licences stand, is cut off.
 *
 * <p>The rows have the columns {@code code} and {@code language}, as the data set's loader gives them, or {@code content}
 * and {@code path}, as its files have them.
 */
final class GithubCode implements ProbingSource {
    static final String DATASET = "codeparrot/github-code";

    private static final int CUT_CHARACTERS = 150;
    private static final int LEAST_CHARACTERS = 128 * 3 + CUT_CHARACTERS;

    /** The ends of file names by language, as the data set's loader tells languages apart. */
    private static final Map<String, List<String>> LANGUAGES = languages();

    private static Map<String, List<String>> languages() {
        Map<String, List<String>> languages = new LinkedHashMap<>();
        languages.put("C", List.of(".c", ".h"));
        languages.put("Python", List.of(".py"));
        languages.put("HTML", List.of(".html"));
        languages.put("Java", List.of(".java"));
        languages.put("PHP", List.of(".php", ".php3", ".php4", ".php5", ".phps", ".phpt"));
        return languages;
    }

    @Override
    public void requireFiles(DataFolder folder) {
        split(folder);
    }

    private static DataFolder.Split split(DataFolder folder) {
        return folder.split(DATASET, "train").requireBeginning();
    }

    @Override
    public List<ClassTexts> draw(DataFolder folder, int trainTexts, int testTexts, long seed) {
        DataFolder.Split split = split(folder);
        String textColumn = split.hasColumn("code") ? "code" : "content";
        Map<String, RowGroup> rows = rows(split, textColumn, trainTexts + testTexts + 1);
        PythonRandom random = new PythonRandom(seed);
        Map<String, int[]> train = new LinkedHashMap<>();
        Map<String, int[]> test = new LinkedHashMap<>();
        rows.forEach((language, group) -> {
            PythonSplit parts = new PythonSplit(group, trainTexts, testTexts, random);
            train.put(language, parts.train());
            test.put(language, parts.test());
        });
        Map<String, List<String>> trainTextsOf = Texts.byKey(split, textColumn, train);
        Map<String, List<String>> testTextsOf = Texts.byKey(split, textColumn, test);
        List<ClassTexts> drawn = new ArrayList<>();
        for (String language : rows.keySet()) {
            drawn.add(new ClassTexts(
                    language,
                    cut(trainTextsOf.getOrDefault(language, List.of())),
                    cut(testTextsOf.getOrDefault(language, List.of()))));
        }
        return drawn;
    }

    private static Map<String, RowGroup> rows(DataFolder.Split split, String textColumn, int count) {
        String languageColumn = split.hasColumn("language") ? "language" : "path";
        Map<String, RowGroup> groups = new LinkedHashMap<>();
        LANGUAGES.keySet().forEach(language -> groups.put(language, new RowGroup()));
        split.read(List.of(textColumn, languageColumn), (number, row) -> {
            RowGroup group = groups.get(language(row, languageColumn));
            if (group == null || characters(row.text(textColumn)) <= LEAST_CHARACTERS) {
                return true;
            }
            group.add(number);
            return least(groups) < count;
        });
        if (least(groups) < count) {
            List<String> few = new ArrayList<>();
            groups.forEach((language, group) -> few.add(language + " " + group.size()));
            throw new LabelledSetException(split.name() + " has too few files of " + LEAST_CHARACTERS
                    + " characters (" + String.join(", ", few) + "; " + count
                    + " of each are read); put more of its parts into the folder, or ask for fewer texts");
        }
        return groups;
    }

    private static int least(Map<String, RowGroup> groups) {
        return groups.values().stream().mapToInt(RowGroup::size).min().orElse(0);
    }

    private static String language(DataRow row, String column) {
        String value = row.text(column);
        if (column.equals("language")) {
            return value;
        }
        return LANGUAGES.entrySet().stream()
                .filter(language -> language.getValue().stream().anyMatch(value::endsWith))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }

    /** Characters as Python counts them. */
    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }

    private static List<String> cut(List<String> texts) {
        return texts.stream()
                .map(text -> text.substring(text.offsetByCodePoints(0, CUT_CHARACTERS)))
                .toList();
    }
}
