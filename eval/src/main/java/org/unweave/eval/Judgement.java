package org.unweave.eval;

/** What a checkpoint is judged for. */
public enum Judgement {
    /** The run's evaluations, as its config lists them. */
    SCHEDULED,
    /** Which of its latents tell of the spurious label, for its own job's training. */
    ATTRIBUTION
}
