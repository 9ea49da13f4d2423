package org.unweave.eval;

/** One protocol by which a frozen SAE is judged. One caller at a time. */
public interface Evaluation {
    /** SAEBench's name, as {@code sparse_probing}, or one of our own where SAEBench has no such evaluation. */
    String name();

    /** All that a report depends on beside the SAE: settings, model, hook, the texts themselves. */
    String inputs();

    /** Computes what all subjects share and what is not there yet, so that it is not counted to the first of them. */
    void prepare();

    /** The same subject gives the same numbers, whatever was evaluated before it. */
    EvalReport evaluate(Subject subject);
}
