package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.unweave.model.lm.TokenForest;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/**
 * The answers of the model while latents are clamped: where a latent fires, {@code x += (value - f) W_dec}, so that the
 * error of the reconstruction stays. The first position of a sequence and rows far above the usual norm are left alone.
 *
 * <p>The model goes on from the hook's stored rows; no block before it runs. Of a question only the rows from the first
 * changed one on are computed, once for all interventions that do the same to it, and none if nothing fires.
 */
final class EditedAnswers {
    // Rows of one forward pass.
    private static final int PASS_ROWS = 4096;
    // Questions whose answers are kept together.
    private static final int BLOCK_QUESTIONS = 16;

    private final ModelAccess model;
    private final double largestNorm;
    private final Subject subject;
    private final Workspace workspace;
    private final PartialAnswers partial;
    private final Codes codes;
    private long edits;
    private long rowsComputed;

    EditedAnswers(ModelAccess model, double largestNorm, Subject subject, Workspace workspace, PartialAnswers partial) {
        this.model = model;
        this.largestNorm = largestNorm;
        this.subject = subject;
        this.workspace = workspace;
        this.partial = partial;
        this.codes = new Codes(subject.sae().features());
    }

    /** A question that is asked, and the half that it is in; it is changed by what the other half selected. */
    record Item(AskedQuestions set, int question, int half, boolean retained) {}

    /** What a configuration does to the questions of each half. */
    record Configuration(Intervention first, Intervention second) {
        Intervention of(int half) {
            return half == 0 ? first : second;
        }
    }

    /** Whether each question is right under each configuration. */
    static final class Answers {
        private final char[][] byItem;

        private Answers(int items, int configurations) {
            this.byItem = new char[items][configurations];
        }

        boolean right(int item, int configuration) {
            return byItem[item][configuration] == '1';
        }

        boolean asked(int item, int configuration) {
            return byItem[item][configuration] != '-';
        }
    }

    /**
     * Asks all items, of which the model by itself answers every one.
     *
     * @param stage a name for this list of items and configurations in the partial answers
     * @param mostWrong retained items that a configuration may have wrong before it is asked nothing more
     */
    Answers ask(String stage, List<Item> items, List<Configuration> configurations, int mostWrong) {
        Answers answers = new Answers(items.size(), configurations.size());
        int[] wrong = new int[configurations.size()];
        for (int from = 0; from < items.size(); from += BLOCK_QUESTIONS) {
            int to = Math.min(items.size(), from + BLOCK_QUESTIONS);
            String block = stage + ":" + from;
            List<String> known = partial.get(block);
            if (known != null && fits(known, to - from, configurations.size())) {
                for (int i = from; i < to; i++) {
                    answers.byItem[i] = known.get(i - from).toCharArray();
                }
            } else {
                askBlock(items.subList(from, to), configurations, wrong, mostWrong, from, answers);
                partial.put(
                        block,
                        Arrays.stream(answers.byItem, from, to).map(String::new).toList());
            }
            for (int i = from; i < to; i++) {
                for (int c = 0; c < wrong.length; c++) {
                    wrong[c] += items.get(i).retained() && answers.byItem[i][c] == '0' ? 1 : 0;
                }
            }
        }
        return answers;
    }

    private static boolean fits(List<String> known, int items, int configurations) {
        return known.size() == items
                && known.stream().allMatch(word -> word.matches("[01-]*") && word.length() == configurations);
    }

    /** Edits made, and rows that went through the model for them, for people who ask where the time goes. */
    String work() {
        return edits + " edits, " + rowsComputed + " rows";
    }

    private void askBlock(
            List<Item> items,
            List<Configuration> configurations,
            int[] wrong,
            int mostWrong,
            int firstItem,
            Answers answers) {
        Pass pass = new Pass();
        for (int i = 0; i < items.size(); i++) {
            Item item = items.get(i);
            char[] result = answers.byItem[firstItem + i];
            Rows rows = new Rows(item);
            Map<Edit.Key, List<Integer>> byEdit = new LinkedHashMap<>();
            Map<Edit.Key, Edit> edited = new LinkedHashMap<>();
            for (int c = 0; c < configurations.size(); c++) {
                if (wrong[c] > mostWrong) {
                    result[c] = '-';
                    continue;
                }
                Edit edit = rows.edit(configurations.get(c).of(item.half()));
                if (edit == null) {
                    result[c] = item.set().answered(item.question()) ? '1' : '0';
                } else {
                    byEdit.computeIfAbsent(edit.key, key -> new ArrayList<>()).add(c);
                    edited.putIfAbsent(edit.key, edit);
                }
            }
            if (!edited.isEmpty()) {
                pass.beginQuestion(rows);
                for (Map.Entry<Edit.Key, Edit> one : edited.entrySet()) {
                    edits++;
                    pass.add(rows, one.getValue(), byEdit.getOrDefault(one.getKey(), List.of()), result);
                }
            }
            if (pass.rows() >= PASS_ROWS) {
                pass.run();
                pass = new Pass();
            }
        }
        pass.run();
    }

    /** What an intervention does to one question. */
    private static final class Edit {
        /** Latents that fire on the question and are set, and to what: the same key has the same effect. */
        private record Key(List<Integer> latents, List<Float> values) {}

        private final Key key;
        /** The changed rows, by their place among the prompt's rows. */
        private final Map<Integer, float[]> rows;

        Edit(Key key, Map<Integer, float[]> rows) {
            this.key = key;
            this.rows = rows;
        }
    }

    /** The rows of a question as the model has them, and the latents that fire on them. */
    private final class Rows {
        private final Item item;
        private final Prompt prompt;
        private final float[][] residual;
        private final boolean[] leftAlone;
        private final int[][] latent;
        private final float[][] value;

        Rows(Item item) {
            this.item = item;
            this.prompt = item.set().prompt(item.question());
            FrozenSae sae = subject.sae();
            int count = prompt.rows();
            Mat xBD = workspace.take("unlearning.question", count, sae.width());
            item.set().copyHook(item.question(), xBD);
            sae.encode(xBD, workspace, codes);
            residual = new float[count][];
            leftAlone = new boolean[count];
            latent = new int[count][];
            value = new float[count][];
            for (int row = 0; row < count; row++) {
                residual[row] = xBD.copyRow(row);
                leftAlone[row] = row == 0 || RowNorm.of(residual[row]) > largestNorm;
                int from = codes.rowStart()[row];
                int to = codes.rowStart()[row + 1];
                latent[row] = Arrays.copyOfRange(codes.feature(), from, to);
                value[row] = Arrays.copyOfRange(codes.value(), from, to);
                for (float z : value[row]) {
                    if (!Float.isFinite(z)) {
                        throw new EvaluationException(
                                "a latent of " + subject.id() + " is " + z + "; its weights are damaged or diverged");
                    }
                }
            }
        }

        /** Null if none of its latents fires where it may be changed. */
        @Nullable
        Edit edit(Intervention intervention) {
            boolean[] fires = new boolean[intervention.size()];
            Map<Integer, float[]> changed = new LinkedHashMap<>();
            for (int row = 0; row < residual.length; row++) {
                if (leftAlone[row]) {
                    continue;
                }
                for (int j = 0; j < latent[row].length; j++) {
                    int at = intervention.indexOf(latent[row][j]);
                    if (at >= 0 && value[row][j] > 0) {
                        fires[at] = true;
                        float[] x = changed.computeIfAbsent(row, r -> residual[r].clone());
                        add(x, latent[row][j], intervention.value(at) - value[row][j]);
                    }
                }
            }
            if (changed.isEmpty()) {
                return null;
            }
            List<Integer> latents = new ArrayList<>();
            List<Float> values = new ArrayList<>();
            for (int at = 0; at < fires.length; at++) {
                if (fires[at]) {
                    latents.add(intervention.latent(at));
                    values.add(intervention.value(at));
                }
            }
            return new Edit(new Edit.Key(latents, values), changed);
        }

        private void add(float[] x, int feature, float factor) {
            Mat decFD = subject.sae().decFD();
            for (int i = 0; i < x.length; i++) {
                x[i] += factor * decFD.get(feature, i);
            }
        }

        float[] row(int row, Edit edit) {
            return edit.rows.getOrDefault(row, residual[row]);
        }
    }

    /** Edits of a few questions that go through the model together. */
    private final class Pass {
        private final TokenForest.Builder forest = new TokenForest.Builder();
        private final Questionnaire questions = new Questionnaire();
        private final List<float[]> rows = new ArrayList<>();
        private final List<Consumer<float[]>> readers = new ArrayList<>();
        private int root;
        private int rootEnd;

        int rows() {
            return forest.rows();
        }

        /** The beginning as the model has it, which edits branch off. */
        void beginQuestion(Rows of) {
            root = of.prompt.addBeginning(forest);
            for (int row = 0; row < of.prompt.length(); row++) {
                rows.add(of.residual[row]);
            }
            rootEnd = forest.rows() - 1;
        }

        void add(Rows of, Edit edit, List<Integer> configurations, char[] result) {
            Prompt prompt = of.prompt;
            int length = prompt.length();
            int first = edit.rows.keySet().stream()
                    .mapToInt(Integer::intValue)
                    .min()
                    .orElseThrow();
            questions.begin(of.item.set().scores(of.item.question()));
            int end = root;
            if (first < length) {
                end = prompt.addBranch(first, forest, root);
                for (int row = first; row < length; row++) {
                    rows.add(of.row(row, edit));
                }
                int lastRow = forest.rows() - 1;
                for (int c = 0; c < prompt.continuations(); c++) {
                    questions.clear(c);
                    prompt.askFirst(c, lastRow, questions);
                }
            }
            int at = length;
            for (int c = 0; c < prompt.continuations(); c++) {
                int inner = prompt.inner(c);
                if (first < length || changed(edit, at, inner)) {
                    if (first >= length) {
                        questions.clear(c);
                        prompt.askFirst(c, rootEnd, questions);
                    }
                    for (int row = at; row < at + inner; row++) {
                        rows.add(of.row(row, edit));
                    }
                    prompt.addContinuation(c, forest, end, questions);
                }
                at += inner;
            }
            readers.add(scores -> {
                char right = prompt.choice(scores) == of.item.set().answer(of.item.question()) ? '1' : '0';
                configurations.forEach(c -> result[c] = right);
            });
        }

        void run() {
            if (readers.isEmpty()) {
                return;
            }
            TokenForest built = forest.build();
            rowsComputed += built.rows();
            List<float[]> scores;
            try (Mat residual = Mat.zeros(built.rows(), model.width())) {
                for (int row = 0; row < rows.size(); row++) {
                    residual.setRow(row, rows.get(row));
                }
                scores = model.use((lm, loss) -> {
                    try (Mat end = lm.resumeFrom(built, model.layer(), residual)) {
                        return questions.read(loss, end);
                    }
                });
            }
            for (int i = 0; i < readers.size(); i++) {
                for (float score : scores.get(i)) {
                    if (!Float.isFinite(score)) {
                        throw new EvaluationException("with latents of " + subject.id()
                                + " clamped, a log-probability of " + model.name() + " is " + score);
                    }
                }
                readers.get(i).accept(scores.get(i));
            }
        }
    }

    private static boolean changed(Edit edit, int from, int count) {
        for (int row = from; row < from + count; row++) {
            if (edit.rows.containsKey(row)) {
                return true;
            }
        }
        return false;
    }
}
