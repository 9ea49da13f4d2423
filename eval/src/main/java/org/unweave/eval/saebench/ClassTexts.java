package org.unweave.eval.saebench;

import java.util.List;

/**
 * The texts of one class, in the order in which SAEBench has them.
 *
 * @param key what SAEBench calls the class in its results, as {@code 21} or {@code 5.0}
 */
public record ClassTexts(String key, List<String> train, List<String> test) {
    public ClassTexts {
        train = List.copyOf(train);
        test = List.copyOf(test);
    }
}
