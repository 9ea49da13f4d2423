package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.DataFolder;

/**
 * Classes that have as many texts of each value of a second column: professions by gender, categories of reviews by
 * rating. The splits are the data set's own. A class with fewer than two values, or too few texts of one, is dropped.
 */
final class BalancedClasses implements ProbingSource {
    private static final Logger LOG = LoggerFactory.getLogger(BalancedClasses.class);

    private final String dataset;
    private final String textColumn;
    private final String classColumn;
    private final String balanceColumn;
    private final List<Long> classes;

    BalancedClasses(String dataset, String textColumn, String classColumn, String balanceColumn, List<Long> classes) {
        this.dataset = dataset;
        this.textColumn = textColumn;
        this.classColumn = classColumn;
        this.balanceColumn = balanceColumn;
        this.classes = classes;
    }

    @Override
    public void requireFiles(DataFolder folder) {
        folder.split(dataset, "train").requireWhole();
        folder.split(dataset, "test").requireWhole();
    }

    @Override
    public List<ClassTexts> draw(DataFolder folder, int trainTexts, int testTexts, long seed) {
        Map<Long, List<String>> train = sample(folder.split(dataset, "train"), trainTexts / 2, seed);
        Map<Long, List<String>> test = sample(folder.split(dataset, "test"), testTexts / 2, seed);
        List<ClassTexts> drawn = new ArrayList<>();
        for (long one : classes) {
            List<String> trainOfOne = train.get(one);
            List<String> testOfOne = test.get(one);
            if (trainOfOne != null && testOfOne != null) {
                drawn.add(new ClassTexts(Long.toString(one), trainOfOne, testOfOne));
            }
        }
        return drawn;
    }

    private Map<Long, List<String>> sample(DataFolder.Split split, int perValue, long seed) {
        Map<Long, NavigableMap<Double, RowGroup>> groups = groups(split.requireWhole());
        Map<Long, int[]> chosen = new TreeMap<>();
        groups.forEach((one, byValue) -> {
            int least = byValue.values().stream().mapToInt(RowGroup::size).min().orElse(0);
            if (byValue.size() < 2 || least < perValue) {
                LOG.warn(
                        "{}: class {} is left out, as in SAEBench: it wants {} texts of each value of {} and has {}",
                        split.name(),
                        one,
                        perValue,
                        balanceColumn,
                        byValue.size() < 2 ? "fewer than two values" : least + " of one");
            } else {
                chosen.put(
                        one,
                        byValue.values().stream()
                                .flatMapToInt(group -> Arrays.stream(group.sample(perValue, seed)))
                                .toArray());
            }
        });
        return Texts.byKey(split, textColumn, chosen);
    }

    private Map<Long, NavigableMap<Double, RowGroup>> groups(DataFolder.Split split) {
        Map<Long, NavigableMap<Double, RowGroup>> groups = new TreeMap<>();
        classes.forEach(one -> groups.put(one, new TreeMap<>()));
        split.read(List.of(classColumn, balanceColumn), (number, row) -> {
            NavigableMap<Double, RowGroup> ofClass = groups.get(row.integer(classColumn));
            if (ofClass != null) {
                ofClass.computeIfAbsent(row.number(balanceColumn), value -> new RowGroup())
                        .add(number);
            }
            return true;
        });
        return groups;
    }
}
