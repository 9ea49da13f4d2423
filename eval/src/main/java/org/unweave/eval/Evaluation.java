package org.unweave.eval;

/** One protocol by which a frozen SAE is judged. One caller at a time. */
public interface Evaluation {
    /** SAEBench's name, as {@code sparse_probing}. */
    String name();

    /** The same subject gives the same numbers, whatever was evaluated before it. */
    EvalReport evaluate(Subject subject);
}
