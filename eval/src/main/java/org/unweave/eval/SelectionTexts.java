package org.unweave.eval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.unweave.model.math.Workspace;

/** The texts on which firing rates are taken, by which latents are chosen; the same for every SAE. */
sealed interface SelectionTexts permits HalvedQuestions, WholeCorpora {
    /** What decides them, but for the questions, whose keys are known by themselves. */
    List<String> keys();

    /** What results call the places where latents are chosen, in the order of {@link Rates#selections}. */
    List<String> places();

    /** 0 or 1, the half of a set that a question is in; 0 where sets are not halved. */
    int half(String set, int question);

    Rates rates(Subject subject, Workspace workspace);

    /** What {@code eval_config} says of them. */
    void describe(ObjectNode evalConfig);

    /** The firing of an SAE's latents on these texts. */
    @FunctionalInterface
    interface Rates {
        /**
         * One for all questions, or one of each half, of which each is for the questions of the other.
         *
         * @param retained the sets that are kept while one is forgotten
         */
        List<LatentSelection> selections(String forget, List<String> retained);
    }
}
