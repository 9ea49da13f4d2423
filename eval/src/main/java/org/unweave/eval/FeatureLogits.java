package org.unweave.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.unweave.model.math.Mat;

/**
 * Which tokens a feature's direction speaks for and against: {@code W_dec[i]} put through the model's final norm and its
 * unembedding as if it were all of the residual stream, less the mean over the vocabulary.
 *
 * <p>What that leaves out: the blocks between the hook and the end, which may make anything of the direction; and the rest
 * of the residual stream, whose length the norm divides by. So the order of the tokens says something, the size of the
 * numbers little.
 */
record FeatureLogits(List<Effect> positive, List<Effect> negative) {
    private static final int MOST = 10;
    // Rows whose logits exist at once.
    private static final int BLOCK_ROWS = 16;

    /** @param value the logit, less the mean over the vocabulary */
    record Effect(int token, double value) {}

    /** Of each of the chosen, in their order. */
    static List<FeatureLogits> of(ModelAccess model, Subject subject, List<ChosenFeature> chosen) {
        List<FeatureLogits> all = new ArrayList<>();
        Mat decFD = subject.sae().decFD();
        for (int from = 0; from < chosen.size(); from += BLOCK_ROWS) {
            int count = Math.min(BLOCK_ROWS, chosen.size() - from);
            try (Mat directions = Mat.zeros(count, model.width());
                    Mat logits = Mat.zeros(count, model.vocabulary())) {
                for (int row = 0; row < count; row++) {
                    directions.setRow(row, decFD.copyRow(chosen.get(from + row).feature()));
                }
                model.use(lm -> {
                    lm.logits(directions, logits);
                    return count;
                });
                for (int row = 0; row < count; row++) {
                    all.add(of(logits.copyRow(row)));
                }
            }
        }
        return all;
    }

    private static FeatureLogits of(float[] logits) {
        double sum = 0;
        for (float logit : logits) {
            sum += logit;
        }
        double mean = sum / logits.length;
        return new FeatureLogits(largest(logits, mean, 1), largest(logits, mean, -1));
    }

    /** The greatest by sign, the furthest from the mean first. */
    private static List<Effect> largest(float[] logits, double mean, int sign) {
        Comparator<Effect> order = Comparator.comparingDouble((Effect one) -> sign * one.value())
                .thenComparing(Effect::token, Comparator.reverseOrder());
        PriorityQueue<Effect> best = new PriorityQueue<>(order);
        for (int token = 0; token < logits.length; token++) {
            best.add(new Effect(token, logits[token] - mean));
            if (best.size() > MOST) {
                best.remove();
            }
        }
        return best.stream().sorted(order.reversed()).toList();
    }
}
