package org.unweave.model.sae.part;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.unweave.model.LabelledTexts;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.DenseCodes;
import org.unweave.model.sae.States;

/** Batches of labelled texts whose codes are written down, and attributions that are. */
final class TextForwards {
    private TextForwards() {}

    /** Rows with these codes. */
    static Forward of(LabelledTexts texts, float[]... codesBF) {
        return of(0, Mat.zeros(codesBF[0].length, 2), texts, codesBF);
    }

    static Forward of(long step, Mat decFD, LabelledTexts texts, float[]... codesBF) {
        Codes codes = DenseCodes.of(codesBF);
        Mat zeroBD = Mat.zeros(codesBF.length, decFD.cols());
        Params params = new Params(decFD.copy(), Mat.zeros(1, decFD.rows()), decFD.copy(), Mat.zeros(1, decFD.cols()));
        Batch plain = Batch.of(codes);
        Batch batch = new Batch() {
            @Override
            public int rows() {
                return plain.rows();
            }

            @Override
            public double l0() {
                return plain.l0();
            }

            @Override
            public boolean inOnePiece() {
                return true;
            }

            @Override
            public LabelledTexts texts() {
                return texts;
            }

            @Override
            public void eachCodes(Consumer<Codes> look) {
                plain.eachCodes(look);
            }
        };
        return new Forward(step, zeroBD, zeroBD, codes, zeroBD, params, new Workspace(new ReferenceOps()), batch);
    }

    /** What a term comes to. */
    static double value(Term term, Forward forward) {
        Params params = forward.params();
        try (Gradient gradient = new Gradient(params.features(), params.width(), List.of())) {
            gradient.clear(forward.codes());
            return term.add(forward, gradient);
        }
    }

    /** A term's gradient of the codes, 0 where there is no entry. */
    static double[][] codeGradient(Term term, Forward forward) {
        Params params = forward.params();
        try (Gradient gradient = new Gradient(params.features(), params.width(), List.of())) {
            gradient.clear(forward.codes());
            term.add(forward, gradient);
            Codes codes = forward.codes();
            double[][] dense = new double[codes.rows()][codes.features()];
            for (int row = 0; row < dense.length; row++) {
                for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                    dense[row][codes.feature()[j]] = gradient.codes()[j];
                }
            }
            return dense;
        }
    }

    /** Puts a spurious probe's weights, its bias last, and its accuracy so far into a map. */
    static void know(AttributionMap map, double accuracy, double... weights) {
        map.load(States.with(
                map,
                Map.of(
                        "probe.spurious.weights", weights,
                        "probe.spurious.updates", new long[] {3},
                        "probe.spurious.accuracy", new double[] {accuracy * 0.05},
                        "probe.spurious.accuracy.updates", new long[] {1})));
    }

    /** Puts an attribution and its threshold into a map. */
    static void attribute(AttributionMap map, double threshold, double... attributionF) {
        double[] sum = attributionF.clone();
        for (int f = 0; f < sum.length; f++) {
            sum[f] *= 0.05;
        }
        map.load(States.with(
                map,
                Map.of(
                        "attribution.sum", sum,
                        "attribution.updates", new long[] {1},
                        "attribution.threshold", new double[] {threshold * 0.05},
                        "attribution.threshold.updates", new long[] {1})));
    }
}
