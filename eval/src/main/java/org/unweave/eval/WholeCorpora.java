package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.unweave.config.UnlearningConfig.CorporaConfig;
import org.unweave.model.Progress;
import org.unweave.model.math.Workspace;

/**
 * SAEBench's two corpora, whole: the questions have no part in the choice, so what is chosen is for all of them. All
 * tokens count but special ones, those far above the usual norm too.
 */
final class WholeCorpora implements SelectionTexts {
    private final CorporaConfig config;
    private final UnlearningCorpora corpora;
    private final CorpusRows forget;
    private final CorpusRows retain;

    WholeCorpora(
            CorporaConfig config,
            long seed,
            EvalInputs inputs,
            ModelAccess model,
            ActivationCache cache,
            Progress progress) {
        if (config.contextTokens() > model.context()) {
            throw new EvaluationException(
                    "eval.unlearning.corpora.context-tokens is " + config.contextTokens() + ", but " + model.name()
                            + " takes sequences of at most " + model.context() + " tokens; set it to as many");
        }
        this.config = config;
        this.corpora = inputs.unlearningCorpora(model.tokenizer(), config.sequences(), config.contextTokens(), seed);
        this.forget = rows(corpora.forget(), model, cache, progress);
        this.retain = rows(corpora.retain(), model, cache, progress);
    }

    private static CorpusRows rows(
            UnlearningCorpora.Corpus corpus, ModelAccess model, ActivationCache cache, Progress progress) {
        return CorpusRows.of(corpus.name(), corpus.sequences(), model, Double.POSITIVE_INFINITY, cache, progress);
    }

    @Override
    public List<String> keys() {
        return List.of(forget.key(), retain.key());
    }

    @Override
    public List<String> places() {
        return List.of("corpora");
    }

    @Override
    public int half(String set, int question) {
        return 0;
    }

    @Override
    public Rates rates(Subject subject, Workspace workspace) {
        LatentSelection forAll = new LatentSelection(
                FiringCounts.of(forget, subject, workspace), FiringCounts.of(retain, subject, workspace));
        return (name, retained) -> List.of(forAll);
    }

    @Override
    public void describe(ObjectNode evalConfig) {
        evalConfig.put("dataset_size", config.sequences());
        evalConfig.put("seq_len", config.contextTokens());
        describe(evalConfig, "forget", corpora.forget(), forget);
        describe(evalConfig, "retain", corpora.retain(), retain);
        evalConfig.put("outlier_rows_left_out", 0);
    }

    private static void describe(ObjectNode evalConfig, String role, UnlearningCorpora.Corpus corpus, CorpusRows rows) {
        evalConfig.put(role + "_corpus", corpus.name());
        evalConfig.put(role + "_documents", corpus.documents());
        evalConfig.put(role + "_sequences", rows.sequences());
        evalConfig.put(role + "_rows", rows.rows());
    }
}
