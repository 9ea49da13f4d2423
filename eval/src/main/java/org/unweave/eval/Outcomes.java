package org.unweave.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.unweave.model.math.Draws;

/** What was answered right and wrong about a set's texts, for scores over all of them or over a sample. */
interface Outcomes {
    /**
     * The scores by SAEBench's keys; one that cannot be given is absent.
     *
     * @param weight how often each text of the set counts
     */
    Map<String, Double> scores(int[] weight);

    /** The share of the examples that is right. */
    static double accuracy(boolean[] right, LinearProbe.Examples texts, int[] weight) {
        long sum = 0;
        long all = 0;
        for (int i = 0; i < right.length; i++) {
            int count = weight[texts.row()[i]];
            all += count;
            sum += right[i] ? count : 0;
        }
        return all == 0 ? 0 : (double) sum / all;
    }

    /** Each text counts once. */
    static int[] once(int texts) {
        int[] weight = new int[texts];
        Arrays.fill(weight, 1);
        return weight;
    }

    /** As many texts of each stratum as it has, drawn with replacement. */
    static int[] sample(int texts, List<int[]> strata, Draws draws) {
        int[] weight = new int[texts];
        for (int[] stratum : strata) {
            for (int i = 0; i < stratum.length; i++) {
                weight[stratum[draws.below(stratum.length)]]++;
            }
        }
        return weight;
    }
}
