package org.unweave.eval;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A labelled set as it is probed: texts by class, split for training and testing, no text twice.
 *
 * @param name what results call it, as {@code bundle/ag-news}
 */
public record ProbingTexts(String name, List<ClassTexts> classes) {

    public ProbingTexts {
        classes = List.copyOf(classes);
        if (classes.size() < 2) {
            throw new EvaluationException(
                    "the labelled set " + name + " has " + classes.size() + " class; probing tells at least two apart");
        }
        Set<String> keys = new HashSet<>();
        for (ClassTexts texts : classes) {
            if (!keys.add(texts.key())) {
                throw new EvaluationException("the labelled set " + name + " has two classes " + texts.key());
            }
            requireTexts(name, texts.key(), "training", texts.train().size());
            requireTexts(name, texts.key(), "test", texts.test().size());
        }
    }

    /** Less the test texts that are among these. Fails where that leaves a class none. */
    public ProbingTexts withoutTests(Set<String> trained) {
        return new ProbingTexts(
                name,
                classes.stream()
                        .map(one -> new ClassTexts(
                                one.key(),
                                one.train(),
                                one.test().stream()
                                        .filter(text -> !trained.contains(text))
                                        .toList()))
                        .toList());
    }

    static void requireTexts(String name, String key, String split, int texts) {
        if (texts == 0) {
            throw new EvaluationException("the class " + key + " of the labelled set " + name + " has no " + split
                    + " text; take the set out of the evaluation's datasets, or give the class texts");
        }
    }

    /** The texts of one class. */
    public record ClassTexts(String key, List<String> train, List<String> test) {
        public ClassTexts {
            train = List.copyOf(train);
            test = List.copyOf(test);
        }
    }
}
