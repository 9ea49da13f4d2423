package org.unweave.eval;

/** What is counted while an SAE is spliced into the model. */
final class CoreMeasurements {
    private final ReconstructionStatistics reconstruction;
    private final LatentStatistics latents;
    private long specialPositions;
    private long outlierPositions;

    CoreMeasurements(int width, int features) {
        this.reconstruction = new ReconstructionStatistics(width);
        this.latents = new LatentStatistics(features);
    }

    ReconstructionStatistics reconstruction() {
        return reconstruction;
    }

    LatentStatistics latents() {
        return latents;
    }

    void countSpecial() {
        specialPositions++;
    }

    void countOutlier() {
        outlierPositions++;
    }

    long specialPositions() {
        return specialPositions;
    }

    long outlierPositions() {
        return outlierPositions;
    }
}
