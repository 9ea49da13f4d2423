package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unweave.config.UnlearningConfig;
import org.unweave.model.Progress;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Workspace;

/**
 * The questions with their right answers, each set halved so that no latent is scored on what it was chosen by, and
 * held-out text, which is to be kept too.
 */
final class HalvedQuestions implements SelectionTexts {
    private final UnlearningConfig config;
    private final String heldOutName;
    private final CorpusRows heldOut;
    /** Of each set a sequence a question. */
    private final Map<String, CorpusRows> statements = new HashMap<>();

    private final Map<String, BitSet> firstHalf = new HashMap<>();

    HalvedQuestions(
            Map<String, QuestionSet> sets,
            UnlearningConfig config,
            long seed,
            EvalInputs inputs,
            ModelAccess model,
            double largestNorm,
            ActivationCache cache,
            Progress progress) {
        this.config = config;
        sets.forEach((name, set) -> {
            if (set.questions().size() < 2) {
                throw new EvaluationException("the questions " + set.name() + " are too few to be halved");
            }
            String what = "the answered questions " + set.name();
            statements.put(name, CorpusRows.of(what, sequences(set, model), model, largestNorm, cache, progress));
            firstHalf.put(name, half(set, seed));
        });
        int sequences = Math.ceilDiv(config.retainTokens(), config.contextTokens() - 1);
        List<int[]> text = inputs.heldOut(sequences, config.contextTokens());
        if (text.isEmpty()) {
            throw new EvaluationException("the held-out documents of " + inputs.corpusName()
                    + " give no sequence; raise data.held-out-share or give more text");
        }
        this.heldOutName = inputs.corpusName();
        this.heldOut = CorpusRows.of("held-out text", text, model, largestNorm, cache, progress);
    }

    private static List<int[]> sequences(QuestionSet set, ModelAccess model) {
        List<int[]> sequences = new ArrayList<>();
        for (Question question : set.questions()) {
            sequences.add(QuestionText.withBos(model.tokenizer(), QuestionText.statement(question)));
        }
        return sequences;
    }

    private static BitSet half(QuestionSet set, long seed) {
        int[] order = new Draws(seed, "halves", set.name())
                .permutation(set.questions().size());
        BitSet first = new BitSet();
        for (int i = 0; i < order.length / 2; i++) {
            first.set(order[i]);
        }
        return first;
    }

    @Override
    public List<String> keys() {
        return List.of(heldOut.key());
    }

    @Override
    public List<String> places() {
        return List.of("first_half", "second_half");
    }

    @Override
    public int half(String set, int question) {
        return UnlearningTexts.required(firstHalf, set).get(question) ? 0 : 1;
    }

    @Override
    public Rates rates(Subject subject, Workspace workspace) {
        Map<String, FiringCounts[]> ofSets = new HashMap<>();
        statements.forEach((name, rows) ->
                ofSets.put(name, FiringCounts.of(rows, question -> half(name, question) == 0, subject, workspace)));
        FiringCounts ofText = FiringCounts.of(heldOut, subject, workspace);
        return (forget, retained) ->
                List.of(selection(ofSets, ofText, forget, retained, 0), selection(ofSets, ofText, forget, retained, 1));
    }

    private static LatentSelection selection(
            Map<String, FiringCounts[]> ofSets, FiringCounts ofText, String forget, List<String> retained, int half) {
        FiringCounts retain = new FiringCounts(ofText.features());
        retain.add(ofText);
        retained.forEach(name -> retain.add(UnlearningTexts.required(ofSets, name)[half]));
        return new LatentSelection(UnlearningTexts.required(ofSets, forget)[half], retain);
    }

    @Override
    public void describe(ObjectNode evalConfig) {
        evalConfig.put("dataset_size", heldOut.sequences());
        evalConfig.put("seq_len", config.contextTokens());
        evalConfig.put("halves", "chosen on one, scored on the other, then changed; answers are pooled");
        evalConfig.put("retain_corpus", heldOutName);
        evalConfig.put("retain_rows", heldOut.rows());
        evalConfig.put("outlier_rows_left_out", heldOut.outliers());
    }
}
