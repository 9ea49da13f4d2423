package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.eval.random.PythonRandom;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.LabelledSetException;

/**
 * Speeches of the European Parliament by language: of each language the first sentences of one pair of languages, one
 * more than are used, shuffled.
 */
final class Europarl implements ProbingSource {
    static final String DATASET = "Helsinki-NLP/europarl";

    private static final Map<String, String> PAIRS = pairs();

    private static Map<String, String> pairs() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("en", "en-fr");
        pairs.put("fr", "fr-it");
        pairs.put("de", "de-en");
        pairs.put("es", "es-fr");
        pairs.put("nl", "nl-pt");
        return pairs;
    }

    @Override
    public void requireFiles(DataFolder folder) {
        PAIRS.values().forEach(pair -> split(folder, pair));
    }

    private static DataFolder.Split split(DataFolder folder, String pair) {
        return folder.split(DATASET, pair, "train").requireBeginning();
    }

    @Override
    public List<ClassTexts> draw(DataFolder folder, int trainTexts, int testTexts, long seed) {
        PythonRandom random = new PythonRandom(seed);
        List<ClassTexts> drawn = new ArrayList<>();
        PAIRS.forEach((language, pair) -> {
            DataFolder.Split split = split(folder, pair);
            String column = "translation." + language;
            RowGroup rows = head(split, column, trainTexts + testTexts + 1);
            PythonSplit parts = new PythonSplit(rows, trainTexts, testTexts, random);
            drawn.add(new ClassTexts(language, split.texts(column, parts.train()), split.texts(column, parts.test())));
        });
        return drawn;
    }

    private static RowGroup head(DataFolder.Split split, String column, int count) {
        RowGroup rows = new RowGroup();
        split.read(List.of(column), (number, row) -> {
            rows.add(number);
            return rows.size() < count;
        });
        if (rows.size() < count) {
            throw new LabelledSetException(
                    split.name() + " has " + rows.size() + " rows, and " + count + " are read; ask for fewer texts");
        }
        return rows;
    }
}
