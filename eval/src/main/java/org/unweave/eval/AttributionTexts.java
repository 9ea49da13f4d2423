package org.unweave.eval;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A run's labelled texts for development with the model's activations, and a probe of the spurious label on the pooled
 * ones. The probe's texts are those that the cells train on; its accuracy is of their test texts.
 */
final class AttributionTexts {
    private final PairedTexts texts;
    private final LabelledActivations set;
    private final double[] weightD;
    private final double accuracy;

    private AttributionTexts(PairedTexts texts, LabelledActivations set, double[] weightD, double accuracy) {
        this.texts = texts;
        this.set = set;
        this.weightD = weightD;
        this.accuracy = accuracy;
    }

    /** Fits the probe. */
    static AttributionTexts of(PairedTexts texts, LabelledActivations set) {
        LinearProbe.Examples fitted = examples(texts, set, LabelledActivations.ClassRows::train);
        LinearProbe.Examples rest = examples(texts, set, LabelledActivations.ClassRows::test);
        Frame frame = Frame.of(dense(fitted), set.pooledModel().columns());
        LogisticProbe probe = LogisticProbe.fit(frame.of(dense(fitted)), frame.width(), fitted.positive());
        double accuracy = probe.accuracy(frame.of(dense(rest)), rest.positive());
        double[] weightD = probe.coefficients();
        for (int i = 0; i < weightD.length; i++) {
            weightD[i] /= frame.scale();
        }
        return new AttributionTexts(texts, set, weightD, accuracy);
    }

    private static double[] dense(LinearProbe.Examples examples) {
        int[] columns = IntStream.range(0, examples.rows().columns()).toArray();
        return examples.rows().dense(examples.row(), columns);
    }

    /** Texts of all cells; positive are those whose spurious label is 1, the second of its values. */
    static LinearProbe.Examples examples(
            PairedTexts texts, LabelledActivations set, Function<LabelledActivations.ClassRows, int[]> part) {
        int[] rows = {};
        boolean[] positive = {};
        for (int cell = 0; cell < texts.cells().size(); cell++) {
            rows = BinaryTask.concatenate(rows, part.apply(set.classes().get(cell)));
            int before = positive.length;
            positive = Arrays.copyOf(positive, rows.length);
            String second = texts.cells().get(cell).second();
            Arrays.fill(
                    positive, before, rows.length, second.equals(texts.seconds().getLast()));
        }
        return new LinearProbe.Examples(set.pooledModel(), rows, positive);
    }

    PairedTexts texts() {
        return texts;
    }

    LabelledActivations set() {
        return set;
    }

    /** All texts, whether the probe was fitted on them or not. */
    LinearProbe.Examples all() {
        return examples(texts, set, cell -> BinaryTask.concatenate(cell.train(), cell.test()));
    }

    /** w, in the model's own scale. */
    double[] weightD() {
        return weightD.clone();
    }

    /** Of the probe, on the texts that it was not fitted on. */
    double accuracy() {
        return accuracy;
    }
}
