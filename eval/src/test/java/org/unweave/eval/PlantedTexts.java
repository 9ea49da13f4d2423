package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.math.Draws;

/**
 * Texts of a {@link StoredModel} that are noise and what they are about: main values a, b and c lie along the axes 0 to 2,
 * the second values s and t along 3 and 4. The identity SAE has a latent for each side of each axis.
 */
final class PlantedTexts implements EvalInputs {
    private static final float MAIN = 0.9f;
    private static final float SECOND = 1.2f;

    private final StoredModel model = new StoredModel(FakeModel.WIDTH);

    StoredModel model() {
        return model;
    }

    @Override
    public String corpusName() {
        return "planted/none";
    }

    @Override
    public List<int[]> heldOut(int sequences, int contextTokens) {
        return List.of();
    }

    @Override
    public ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed) {
        List<ClassTexts> classes = new ArrayList<>();
        for (int main = 0; main < 3; main++) {
            Draws draws = new Draws(seed, "planted", name, main);
            classes.add(new ClassTexts(
                    "class" + main, texts(trainTexts, main, -1, draws), texts(testTexts, main, -1, draws)));
        }
        return new ProbingTexts("planted/" + name, classes);
    }

    @Override
    public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int main = 0; main < 3; main++) {
            for (int second = 0; second < 2; second++) {
                Draws draws = new Draws(seed, "planted", name, main, second);
                cells.add(new PairedTexts.Cell(
                        List.of("a", "b", "c").get(main),
                        List.of("s", "t").get(second),
                        texts(trainTexts, main, second, draws),
                        texts(testTexts, main, second, draws)));
            }
        }
        List<PairedTexts.Pair> pairs = List.of(new PairedTexts.Pair("a", "b"), new PairedTexts.Pair("b", "c"));
        return new PairedTexts("planted/" + name, List.of("s", "t"), pairs, cells);
    }

    @Override
    public QuestionSet questions(String name, long seed) {
        throw new UnsupportedOperationException();
    }

    private List<String> texts(int count, int main, int second, Draws draws) {
        List<String> texts = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            float[][] rows = new float[3 + n % 4][FakeModel.WIDTH];
            for (float[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = (float) draws.gaussian() / 2;
                }
                row[main] += MAIN;
                if (second >= 0) {
                    row[3 + second] += SECOND;
                }
            }
            texts.add(model.add(rows));
        }
        return texts;
    }
}
