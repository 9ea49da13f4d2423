package org.unweave.model.format;

import java.util.LinkedHashMap;
import java.util.Map;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GatedForm;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/** An SAE of each form, with weights drawn at random and decoder rows of norm 1. */
final class Forms {
    static final int WIDTH = 24;
    static final int FEATURES = 80;
    static final int K = 7;

    private final Draws draws = new Draws(1, "forms");

    private Forms() {}

    static Map<String, FrozenSae> all() {
        Map<String, FrozenSae> all = new LinkedHashMap<>();
        all.put("standard", new Forms().relu());
        all.put("topk", new Forms().topK());
        all.put("jumprelu", new Forms().jumpRelu(true));
        all.put("jumprelu-plain", new Forms().jumpRelu(false));
        all.put("gated", new Forms().gated());
        return all;
    }

    private ReluForm relu() {
        return new ReluForm(encoder(), bias(FEATURES), decoder(), bias(WIDTH));
    }

    private TopKForm topK() {
        return new TopKForm(K, encoder(), bias(FEATURES), decoder(), bias(WIDTH));
    }

    private JumpReluForm jumpRelu(boolean subtracts) {
        Mat threshold1F = bias(FEATURES);
        for (int feature = 0; feature < FEATURES; feature++) {
            threshold1F.set(0, feature, 2 * Math.abs(threshold1F.get(0, feature)));
        }
        return new JumpReluForm(threshold1F, subtracts, encoder(), bias(FEATURES), decoder(), bias(WIDTH));
    }

    private GatedForm gated() {
        return new GatedForm(encoder(), bias(FEATURES), bias(FEATURES), bias(FEATURES), decoder(), bias(WIDTH));
    }

    private Mat encoder() {
        return draw(FEATURES, WIDTH, 0.3);
    }

    private Mat decoder() {
        Mat decFD = draw(FEATURES, WIDTH, 1);
        new ReferenceOps().normalizeRows(decFD);
        return decFD;
    }

    private Mat bias(int size) {
        return draw(1, size, 0.2);
    }

    private Mat draw(int rows, int cols, double deviation) {
        Mat mat = Mat.zeros(rows, cols);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                mat.set(row, col, (float) (deviation * draws.gaussian()));
            }
        }
        return mat;
    }
}
