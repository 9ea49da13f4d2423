package org.unweave.config;

import java.util.List;
import java.util.Optional;

/**
 * The labelled texts that all jobs of a run see beside the corpus: every few updates a batch has some more rows, of texts
 * with a main label and a spurious one. Terms of the loss may use the labels; everybody reconstructs the rows.
 *
 * @param set a set of texts with two attributes; empty: no labelled texts
 * @param mains the two values of the main attribute that are used
 * @param everySteps updates between two batches with labelled texts
 * @param textsPerCell texts of each combination of labels in such a batch
 * @param heldOutPerCell how many of these the probes of the training do not learn from, but are measured on
 * @param heldOutShare the share of the texts that is for that
 * @param tokens consecutive tokens of each text
 * @param shuffled whether texts and labels are put together at random, as a control
 * @param splitSeed decides which texts are for training, and which for evaluations alone; these keep to it too
 */
public record LabelledConfig(
        String set,
        List<String> mains,
        int everySteps,
        int textsPerCell,
        int heldOutPerCell,
        double heldOutShare,
        int tokens,
        boolean shuffled,
        long splitSeed) {

    private static final int CELLS = 4;

    public LabelledConfig {
        mains = List.copyOf(mains);
        Check.that(mains.size() == 2, "mains", "names " + mains.size() + " values; give two, as [Yelp, Amazon]");
        Check.distinct("mains", mains);
        Check.atLeast("every-steps", everySteps, 1);
        Check.atLeast("held-out-per-cell", heldOutPerCell, 1);
        Check.that(
                textsPerCell > heldOutPerCell,
                "texts-per-cell",
                textsPerCell + " leaves none to learn from beside held-out-per-cell, " + heldOutPerCell);
        Check.within("held-out-share", heldOutShare, 0.01, 0.9);
        Check.atLeast("tokens", tokens, 1);
    }

    /** The set, where there is one. */
    public Optional<String> source() {
        return set.isEmpty() ? Optional.empty() : Optional.of(set);
    }

    /** Rows that a batch has more where it has labelled texts. */
    public int rows() {
        return CELLS * textsPerCell * tokens;
    }
}
