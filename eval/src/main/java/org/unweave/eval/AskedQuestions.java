package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.unweave.model.Progress;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.file.Sha256;
import org.unweave.model.lm.TokenForest;
import org.unweave.model.math.Mat;

/**
 * A set of questions with what the unchanged model makes of them: its answers, and the residual stream at the hook on
 * the rows that decide an answer.
 */
final class AskedQuestions {
    private static final String AT_HOOK = "hook.f32";
    private static final String SCORES = "scores.f32";
    // Rows of one forward pass.
    private static final int PASS_ROWS = 2048;

    private final QuestionSet set;
    private final List<Prompt> prompts;
    private final String key;
    private final int[] start;
    private final RowFile atHook;
    private final RowFile scores;
    private final BitSet answered = new BitSet();
    private final BitSet base = new BitSet();
    private final double accuracyOfTrials;

    private AskedQuestions(
            QuestionSet set, List<Prompt> prompts, String key, ActivationCache.Entry entry, @Nullable BitSet listed) {
        this.set = set;
        this.prompts = prompts;
        this.key = key;
        this.start = new int[prompts.size() + 1];
        for (int q = 0; q < prompts.size(); q++) {
            start[q + 1] = start[q] + prompts.get(q).rows();
        }
        this.atHook = entry.file(AT_HOOK);
        this.scores = entry.file(SCORES);
        JsonNode values = entry.values();
        read(values.required("answered"), answered);
        read(values.required("base_correct"), base);
        if (listed != null) {
            base.clear();
            base.or(listed);
        }
        this.accuracyOfTrials = values.required("trials_right").doubleValue();
    }

    /** Whether the model as it is answers a question; what is listed as answered need not be. */
    boolean answered(int question) {
        return answered.get(question);
    }

    private static void read(JsonNode indices, BitSet into) {
        indices.forEach(index -> into.set(index.intValue()));
    }

    /** @param listed the questions to take as answered, by index; null to go by the model's answers */
    static AskedQuestions of(
            QuestionSet set,
            Asking asking,
            @Nullable BitSet listed,
            ModelAccess model,
            ActivationCache cache,
            Progress progress) {
        List<Prompt> prompts = set.questions().stream()
                .map(question -> asking.prompt(set, question))
                .toList();
        StringBuilder description = new StringBuilder("questions 1\n")
                .append(model.fingerprint())
                .append('\n')
                .append(asking.name())
                .append('\n');
        for (int q = 0; q < prompts.size(); q++) {
            Question question = set.questions().get(q);
            description.append(question.answer()).append(' ');
            prompts.get(q).describe(description);
            if (listed == null) {
                asking.trials(set, question).forEach(trial -> trial.prompt().describe(description));
            }
        }
        String key = Sha256.of(description.append(listed).toString());
        ActivationCache.Entry entry = cache.entry(
                key,
                "the questions " + set.name(),
                draft -> compute(draft, set, prompts, asking, listed == null, model, progress));
        return new AskedQuestions(set, prompts, key, entry, listed);
    }

    private static void compute(
            ActivationCache.Draft draft,
            QuestionSet set,
            List<Prompt> prompts,
            Asking asking,
            boolean trials,
            ModelAccess model,
            Progress progress)
            throws IOException {
        int columns = prompts.stream().mapToInt(Prompt::continuations).max().orElse(1);
        List<float[]> found = ask(prompts, model, draft.file(AT_HOOK, model.width()), set.name(), progress);
        RowFile.Writer scores = draft.file(SCORES, columns);
        ArrayNode answered = draft.values().putArray("answered");
        ArrayNode base = draft.values().putArray("base_correct");
        List<Asking.Trial> all = new ArrayList<>();
        List<Integer> ofQuestion = new ArrayList<>();
        BitSet right = new BitSet();
        for (int q = 0; q < prompts.size(); q++) {
            scores.append(Arrays.copyOf(found.get(q), columns));
            Question question = set.questions().get(q);
            if (prompts.get(q).choice(found.get(q)) == question.answer()) {
                right.set(q);
                answered.add(q);
            }
            if (trials) {
                for (Asking.Trial trial : asking.trials(set, question)) {
                    all.add(trial);
                    ofQuestion.add(q);
                }
            }
        }
        List<float[]> tried =
                ask(all.stream().map(Asking.Trial::prompt).toList(), model, null, set.name() + " (trials)", progress);
        int chosen = 0;
        for (int i = 0; i < tried.size(); i++) {
            Asking.Trial trial = all.get(i);
            boolean choice = trial.prompt().choice(tried.get(i)) == trial.option();
            chosen += choice ? 1 : 0;
            if (choice != trial.chosen()) {
                right.clear(ofQuestion.get(i));
            }
        }
        right.stream().forEach(base::add);
        draft.values().put("trials_right", tried.isEmpty() ? -1 : (double) chosen / tried.size());
    }

    /** The scores of each prompt's continuations; the rows at the hook go into a file. */
    private static List<float[]> ask(
            List<Prompt> prompts, ModelAccess model, RowFile.@Nullable Writer atHook, String what, Progress progress)
            throws IOException {
        List<float[]> scores = new ArrayList<>();
        int next = 0;
        while (next < prompts.size()) {
            progress.report("questions " + what, next, prompts.size(), "questions");
            TokenForest.Builder builder = new TokenForest.Builder();
            Questionnaire questions = new Questionnaire();
            while (next < prompts.size() && builder.rows() < PASS_ROWS) {
                prompts.get(next).addTo(builder, questions);
                next++;
            }
            TokenForest forest = builder.build();
            try (Mat residual = model.use(lm -> lm.runTo(forest, model.layer()))) {
                for (int row = 0; atHook != null && row < residual.rows(); row++) {
                    atHook.append(residual.copyRow(row));
                }
                scores.addAll(model.use((lm, loss) -> {
                    try (Mat end = lm.resumeFrom(forest, model.layer(), residual)) {
                        return questions.read(loss, end);
                    }
                }));
            }
        }
        return scores;
    }

    String name() {
        return set.name();
    }

    QuestionSet set() {
        return set;
    }

    int size() {
        return prompts.size();
    }

    Prompt prompt(int question) {
        return prompts.get(question);
    }

    int answer(int question) {
        return set.questions().get(question).answer();
    }

    /** Changes when a token, the model or what is taken as answered does. */
    String key() {
        return key;
    }

    /** Whether a question is scored. */
    boolean base(int question) {
        return base.get(question);
    }

    int baseCount() {
        return base.cardinality();
    }

    /** The share that the unchanged model answers. */
    double accuracy() {
        return (double) answered.cardinality() / size();
    }

    /** The share of the trials in which the right option was chosen; -1 where there were none. */
    double accuracyOfTrials() {
        return accuracyOfTrials;
    }

    /** The unchanged model's log-probability of each continuation. */
    float[] scores(int question) {
        float[] all = new float[scores.columns()];
        scores.copyRow(question, all);
        return Arrays.copyOf(all, prompts.get(question).continuations());
    }

    /** Fills rows of {@code out}, as many as the prompt has. */
    void copyHook(int question, Mat out) {
        atHook.copyTo(start[question], out);
    }
}
