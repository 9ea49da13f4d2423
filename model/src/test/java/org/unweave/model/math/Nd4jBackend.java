package org.unweave.model.math;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What the ND4J that these tests run with can do: with the profile cuda it computes on a card, or not at all. */
public final class Nd4jBackend {
    private Nd4jBackend() {}

    /** Skips a test that needs ND4J's arrays in the machine's own memory. */
    public static void assumeOfTheCpu() {
        assumeTrue(!Cuda.isBackend(), "ND4J's backend is that for cards");
    }

    /** Skips a test that needs ND4J, on a machine whose card it does not run on. */
    public static void assumeRuns() {
        Cuda.Found found = Cuda.look();
        assumeTrue(
                found instanceof Cuda.NoBackend || Cuda.refusal(found, 0).isEmpty(),
                () -> Cuda.refusal(found, 0).orElse(""));
    }
}
