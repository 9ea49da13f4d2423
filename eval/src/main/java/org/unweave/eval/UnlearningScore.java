package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.unweave.model.math.Draws;

/**
 * From right and wrong answers to numbers: the lowest accuracy on what is to be forgotten, of the configurations that
 * keep the rest.
 */
final class UnlearningScore {
    private UnlearningScore() {}

    /**
     * A configuration's answers, counted.
     *
     * @param complete whether all questions were asked; if not, it has lost its gate
     */
    record Counts(int forgetRight, int forgetAsked, int retainRight, int retainAsked, boolean complete) {
        double forgetAccuracy() {
            return (double) forgetRight / forgetAsked;
        }

        double retainAccuracy() {
            return (double) retainRight / retainAsked;
        }

        boolean within(double gate) {
            return complete && retainAccuracy() >= gate;
        }

        /** The accuracy on what is to be forgotten, or 1 where the gate is lost. */
        double value(double gate) {
            return within(gate) ? forgetAccuracy() : 1;
        }
    }

    /** Retained questions that may be wrong before the gate is lost. */
    static int mostWrong(int retained, double gate) {
        int wrong = 0;
        while (wrong < retained && (double) (retained - wrong - 1) / retained >= gate) {
            wrong++;
        }
        return wrong;
    }

    static List<Counts> counts(EditedAnswers.Answers answers, List<EditedAnswers.Item> items, int configurations) {
        int[] once = new int[items.size()];
        Arrays.fill(once, 1);
        return counts(answers, items, configurations, once);
    }

    private static List<Counts> counts(
            EditedAnswers.Answers answers, List<EditedAnswers.Item> items, int configurations, int[] times) {
        List<Counts> counts = new ArrayList<>();
        for (int c = 0; c < configurations; c++) {
            int[] asked = new int[2];
            int[] right = new int[2];
            boolean complete = true;
            for (int i = 0; i < items.size(); i++) {
                int kept = items.get(i).retained() ? 1 : 0;
                asked[kept] += answers.asked(i, c) ? times[i] : 0;
                right[kept] += answers.right(i, c) ? times[i] : 0;
                complete &= answers.asked(i, c);
            }
            counts.add(new Counts(right[0], asked[0], right[1], asked[1], complete));
        }
        return counts;
    }

    /** 1 minus the least value; 0 if there is no configuration. */
    static double score(List<Counts> counts, double gate) {
        return 1 - counts.stream().mapToDouble(one -> one.value(gate)).min().orElse(1);
    }

    /** The configuration of the score, the first of equals; -1 if no configuration is within the gate. */
    static int best(List<Counts> counts, double gate) {
        int best = -1;
        for (int c = 0; c < counts.size(); c++) {
            if (counts.get(c).within(gate)
                    && (best < 0 || counts.get(c).value(gate) < counts.get(best).value(gate))) {
                best = c;
            }
        }
        return best;
    }

    /** The scores of resamples of the questions, what is to be forgotten and what is to be kept each by themselves. */
    static List<Double> bootstrap(
            EditedAnswers.Answers answers,
            List<EditedAnswers.Item> items,
            int configurations,
            double gate,
            int samples,
            Draws draws) {
        int kept = (int) items.stream().filter(EditedAnswers.Item::retained).count();
        List<Double> scores = new ArrayList<>();
        for (int s = 0; s < samples; s++) {
            int[] times = new int[items.size()];
            // Retained items come first.
            for (int i = 0; i < items.size(); i++) {
                times[i < kept ? draws.below(kept) : kept + draws.below(items.size() - kept)]++;
            }
            scores.add(score(counts(answers, items, configurations, times), gate));
        }
        scores.sort(null);
        return scores;
    }

    /**
     * The mean, over the retained accuracies from {@code least} to 1, of the most that can be forgotten while so much is
     * retained: 0 for the model as it is, 1 if all is forgotten at no cost. Nothing is forgotten where no configuration
     * retains so much.
     */
    static double area(List<Counts> counts, double least) {
        List<Counts> rising = counts.stream()
                .filter(one -> one.complete() && one.retainAccuracy() > least)
                .sorted(Comparator.comparingDouble(Counts::retainAccuracy))
                .toList();
        double area = 0;
        double from = least;
        for (int i = 0; i < rising.size(); i++) {
            double most = rising.subList(i, rising.size()).stream()
                    .mapToDouble(one -> 1 - one.forgetAccuracy())
                    .max()
                    .orElse(0);
            area += (rising.get(i).retainAccuracy() - from) * most;
            from = rising.get(i).retainAccuracy();
        }
        return area / (1 - least);
    }
}
