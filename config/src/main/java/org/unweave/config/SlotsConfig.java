package org.unweave.config;

import java.util.List;

/**
 * What a node lends to its trainers and evaluators, and what the run's jobs train on.
 *
 * @param cpu slots of the CPU; a trainer's slice and an evaluation take one each
 * @param threads threads of a slot, part of a job's provenance since sums may depend on it
 * @param evaluators evaluator actors of the node
 * @param device what jobs train on; it decides their bits, so they keep it
 * @param cuda numbers of the cards that they train on, where that is {@link Kind#CUDA}; a node of a cluster has its own
 */
public record SlotsConfig(int cpu, int threads, int evaluators, Kind device, List<Integer> cuda) {

    /** What a job trains on. */
    public enum Kind {
        CPU,
        /** An NVIDIA card. */
        CUDA
    }

    public SlotsConfig {
        Check.atLeast("cpu", cpu, 1);
        Check.atLeast("threads", threads, 1);
        Check.atLeast("evaluators", evaluators, 1);
        cuda = List.copyOf(cuda);
        Check.that(!cuda.isEmpty(), "cuda", "names no card; the first one's number is 0");
        cuda.forEach(card -> Check.atLeast("cuda", card, 0));
        Check.distinct("cuda", cuda.stream().map(String::valueOf).toList());
    }

    /** With jobs that train on the CPU. */
    public SlotsConfig(int cpu, int threads, int evaluators) {
        this(cpu, threads, evaluators, Kind.CPU, List.of(0));
    }
}
