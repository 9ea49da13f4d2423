package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.LabelledSetException;

/** Classes that are the values of a column, in the data set's own splits: topics of news, ratings of reviews. */
final class LabelledRows implements ProbingSource {
    private final String dataset;
    private final String textColumn;
    private final String labelColumn;
    private final List<String> keys;

    /** @param keys the values, as Python writes them: {@code 1.0} is a float, {@code 1} an integer */
    LabelledRows(String dataset, String textColumn, String labelColumn, List<String> keys) {
        this.dataset = dataset;
        this.textColumn = textColumn;
        this.labelColumn = labelColumn;
        this.keys = keys;
    }

    @Override
    public void requireFiles(DataFolder folder) {
        folder.split(dataset, "train").requireWhole();
        folder.split(dataset, "test").requireWhole();
    }

    @Override
    public List<ClassTexts> draw(DataFolder folder, int trainTexts, int testTexts, long seed) {
        List<List<String>> train = sample(folder.split(dataset, "train"), trainTexts, seed);
        List<List<String>> test = sample(folder.split(dataset, "test"), testTexts, seed);
        List<ClassTexts> drawn = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            drawn.add(new ClassTexts(keys.get(i), train.get(i), test.get(i)));
        }
        return drawn;
    }

    private List<List<String>> sample(DataFolder.Split split, int count, long seed) {
        Map<Double, RowGroup> groups = new LinkedHashMap<>();
        keys.forEach(key -> groups.put(Double.valueOf(key), new RowGroup()));
        split.requireWhole().read(List.of(labelColumn), (number, row) -> {
            RowGroup group = groups.get(row.number(labelColumn));
            if (group != null) {
                group.add(number);
            }
            return true;
        });
        Map<Double, int[]> chosen = new LinkedHashMap<>();
        groups.forEach((value, group) -> {
            if (group.size() < count) {
                throw new LabelledSetException(split.name() + " has " + group.size() + " texts of " + labelColumn + " "
                        + value + ", and " + count + " are asked for; ask for fewer");
            }
            chosen.put(value, group.sample(count, seed));
        });
        return List.copyOf(Texts.byKey(split, textColumn, chosen).values());
    }
}
