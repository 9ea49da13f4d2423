package org.unweave.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pair's spurious correlation removal. The biased probe, which took the main and the second attribute for one, is
 * asked for each of them; latents of the other one are ablated:
 *
 * <pre>score = (changed - original) / (clean - original)</pre>
 *
 * <p>accuracies of the biased probe after and before, and of the probe that was made for the attribute; 0 where the
 * latter is ahead by less than 0.001. It may be negative or above 1.
 */
final class ScrOutcomes implements Outcomes {
    private static final double LEAST_GAP = 0.001;

    private final ScrTexts.Pair pair;
    private final List<Integer> nValues;
    private final Direction onMain;
    private final Direction onSecond;

    /** The biased probe on the texts of one attribute. */
    private record Direction(LinearProbe.Examples texts, Answers clean, Answers original, List<Answers> changed) {
        double original(int[] weight) {
            return original.accuracy(texts, weight);
        }

        double score(int n, int[] weight) {
            double gap = clean.accuracy(texts, weight) - original(weight);
            return gap < LEAST_GAP ? 0 : (changed.get(n).accuracy(texts, weight) - original(weight)) / gap;
        }
    }

    /** One answer an example: right or wrong. */
    private static final class Answers {
        private final boolean[] right;

        Answers(boolean[] right) {
            this.right = right;
        }

        static Answers of(LinearProbe probe, LinearProbe.Examples texts) {
            boolean[] right = new boolean[texts.count()];
            for (int i = 0; i < right.length; i++) {
                right[i] = probe.logit(texts.rows(), texts.row()[i]) > 0 == texts.positive()[i];
            }
            return new Answers(right);
        }

        double accuracy(LinearProbe.Examples texts, int[] weight) {
            return Outcomes.accuracy(right, texts, weight);
        }
    }

    /**
     * @param ofSecond latents of the second attribute, the first to be ablated first
     * @param ofMain latents of the main attribute
     * @param biased the pair's biased probe
     */
    ScrOutcomes(
            ScrTexts.Pair pair,
            Ablation ablation,
            List<Integer> nValues,
            int[] ofSecond,
            int[] ofMain,
            Ablation.Reader biased,
            Ablation.Padding padding) {
        this.pair = pair;
        this.nValues = List.copyOf(nValues);
        this.onMain = direction(pair.main(), ablation, nValues, ofSecond, biased, padding);
        this.onSecond = direction(pair.secondary(), ablation, nValues, ofMain, biased, padding);
    }

    private static Direction direction(
            ProbedTask asked,
            Ablation ablation,
            List<Integer> nValues,
            int[] ablated,
            Ablation.Reader biased,
            Ablation.Padding padding) {
        LinearProbe.Examples texts = asked.task().test();
        return new Direction(
                texts,
                Answers.of(asked.probe(), texts),
                Answers.of(biased.probe(), texts),
                List.of(ablation.right(ablated, nValues, biased, texts, padding)).stream()
                        .map(Answers::new)
                        .toList());
    }

    @Override
    public Map<String, Double> scores(int[] weight) {
        Map<String, Double> scores = new LinkedHashMap<>();
        int[] once = Outcomes.once(weight.length);
        // The attribute for which the biased probe is the worse; with equal ones there is no metric. A sample does not
        // decide it anew, so that its scores are of the same thing.
        int worse = Double.compare(onMain.original(once), onSecond.original(once));
        for (int n = 0; n < nValues.size(); n++) {
            double first = onMain.score(n, weight);
            double second = onSecond.score(n, weight);
            scores.put("scr_dir1_threshold_" + nValues.get(n), first);
            if (worse != 0) {
                scores.put("scr_metric_threshold_" + nValues.get(n), worse < 0 ? first : second);
            }
            scores.put("scr_dir2_threshold_" + nValues.get(n), second);
        }
        return scores;
    }

    /** Accuracies without any ablation. */
    Map<String, Double> clean() {
        Map<String, Double> clean = new LinkedHashMap<>();
        int[] once = Outcomes.once(onMain.texts().rows().rows());
        clean.put("clean_main_accuracy", onMain.clean().accuracy(onMain.texts(), once));
        clean.put("clean_second_accuracy", onSecond.clean().accuracy(onSecond.texts(), once));
        clean.put("biased_main_accuracy", onMain.original(once));
        clean.put("biased_second_accuracy", onSecond.original(once));
        clean.put(
                "biased_accuracy",
                pair.biased().probe().accuracy(pair.biased().task().test()));
        return clean;
    }
}
