package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.math.Draws;

/** Made-up texts of {@link FakeModel}'s words. In a labelled set, a class's texts hold its own word w10, w11, ... */
public class FakeInputs implements EvalInputs {
    private final String extraText;
    private final int classes;

    /** One more training text in the first class. */
    FakeInputs(int classes, String extraText) {
        this.classes = classes;
        this.extraText = extraText;
    }

    public FakeInputs() {
        this(3, "w5 w6");
    }

    @Override
    public String corpusName() {
        return "made-up/held-out";
    }

    @Override
    public List<int[]> heldOut(int sequences, int contextTokens) {
        List<int[]> out = new ArrayList<>();
        Draws draws = new Draws(3, "held out");
        for (int n = 0; n < sequences; n++) {
            int[] sequence = new int[n % 3 == 0 ? contextTokens - 2 : contextTokens];
            sequence[0] = FakeModel.BOS;
            for (int t = 1; t < sequence.length; t++) {
                sequence[t] = (int) draws.uniform(3, FakeModel.VOCABULARY);
            }
            sequence[3] = n % 4 == 0 ? FakeModel.EOS : sequence[3];
            sequence[2] = n % 5 == 0 ? FakeModel.OUTLIER : sequence[2];
            out.add(sequence);
        }
        return out;
    }

    @Override
    public ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed) {
        List<ClassTexts> out = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            Draws draws = new Draws(seed, name, c);
            List<String> train = texts(trainTexts, c, draws);
            if (c == 0 && !extraText.isEmpty()) {
                train.add(extraText);
            }
            out.add(new ClassTexts("class" + c, train, texts(testTexts, c, draws)));
        }
        return new ProbingTexts("made-up/" + name, out);
    }

    private static List<String> texts(int count, int ofClass, Draws draws) {
        List<String> out = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder("w" + (10 + ofClass));
            int words = (int) draws.uniform(2, 7);
            for (int w = 0; w < words; w++) {
                text.append(" w").append((int) draws.uniform(20, FakeModel.VOCABULARY));
            }
            out.add(text.toString());
        }
        return out;
    }

    /**
     * Questions about one word each, w10 to w17 in the set {@code forget} and w20 to w27 in all others; what is right is
     * whatever {@link FakeModel} finds likely, so that it answers some.
     */
    @Override
    public QuestionSet questions(String name, long seed) {
        List<Question> questions = new ArrayList<>();
        Draws draws = new Draws(seed, name);
        int first = name.equals("forget") ? 10 : 20;
        for (int q = 0; q < 40; q++) {
            int word = first + q % 8;
            List<String> options = new ArrayList<>();
            for (int option = 0; option < 4; option++) {
                options.add("w" + (30 + (word + 3 * option) % 10) + (q % 3 == 0 ? " w" + (4 + option) : ""));
            }
            String filler = " w" + (int) draws.uniform(4, 9);
            questions.add(new Question("w" + word + filler, options, q % 4));
        }
        return new QuestionSet("made-up/" + name, name, questions);
    }

    /** Values a, b, c of the main attribute are words w10, w11, w12; those of the second, s and t, are w13 and w14. */
    @Override
    public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int main = 0; main < 3; main++) {
            for (int second = 0; second < 2; second++) {
                Draws draws = new Draws(seed, name, main, second);
                String word = " w" + (13 + second);
                cells.add(new PairedTexts.Cell(
                        List.of("a", "b", "c").get(main),
                        List.of("s", "t").get(second),
                        texts(trainTexts, main, draws).stream()
                                .map(text -> text + word)
                                .toList(),
                        texts(testTexts, main, draws).stream()
                                .map(text -> text + word)
                                .toList()));
            }
        }
        List<PairedTexts.Pair> pairs = List.of(new PairedTexts.Pair("a", "b"), new PairedTexts.Pair("b", "c"));
        return new PairedTexts("made-up/" + name, List.of("s", "t"), pairs, cells);
    }

    /** The first pair of {@link #paired}. */
    @Override
    public PairedTexts developmentTexts() {
        PairedTexts texts = paired("development", 20, 5, 42);
        return new PairedTexts(
                texts.name(),
                texts.seconds(),
                List.of(texts.pairs().getFirst()),
                texts.cells().subList(0, 4));
    }
}
