package org.unweave.config;

/**
 * What a node lends to its trainers and evaluators.
 *
 * @param cpu slots of the CPU; a trainer's slice and an evaluation take one each
 * @param threads threads of a slot, part of a job's provenance since sums may depend on it
 * @param evaluators evaluator actors of the node
 */
public record SlotsConfig(int cpu, int threads, int evaluators) {
    public SlotsConfig {
        Check.atLeast("cpu", cpu, 1);
        Check.atLeast("threads", threads, 1);
        Check.atLeast("evaluators", evaluators, 1);
    }
}
