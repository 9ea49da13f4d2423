package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unweave.model.math.Mat;

/** The formulas, on rows small enough to be worked out by hand. */
class ReconstructionStatisticsTest {

    @Test
    void addBatch_twoBatches_givesTheValuesWorkedOutByHand() {
        ReconstructionStatistics statistics = new ReconstructionStatistics(2);
        try (Mat x1 = Mat.of(2, 2, 3, 4, 1, 0);
                Mat r1 = Mat.of(2, 2, 3, 0, 1, 0);
                Mat x2 = Mat.of(1, 2, 0, 2);
                Mat r2 = Mat.of(1, 2, 0, 1)) {
            statistics.addBatch(x1, r1);
            // A single row has no variance in its batch, so the legacy value is not looked at here.
            statistics.addBatch(x2, r2);
        }

        assertThat(statistics.normIn()).isCloseTo((5 + 1 + 2) / 3.0, within(1e-12));
        assertThat(statistics.normOut()).isCloseTo((3 + 1 + 1) / 3.0, within(1e-12));
        assertThat(statistics.ratio()).isCloseTo((3 / 5.0 + 1 + 0.5) / 3, within(1e-12));
        assertThat(statistics.cosine()).isCloseTo((9 / 15.0 + 1 + 1) / 3, within(1e-12));
        // Batch 1: out (9 + 1) / product (9 + 1) = 1; batch 2: 1 / 2.
        assertThat(statistics.relativeBias()).isCloseTo((1 + 0.5) / 2, within(1e-12));
        // Squared errors 16, 0 (two rows) and 1 (one row).
        assertThat(statistics.meanSquaredError()).isCloseTo((16 / 2.0 + 1 / 1.0) / 3, within(1e-12));
        // Mean of batch means: errors 8 and 1; squares 13 and 4; coordinate means (2, 2) and (0, 2).
        double error = (8 + 1) / 2.0;
        double squares = (13 + 4) / 2.0;
        assertThat(statistics.explainedVarianceAsPublished())
                .isCloseTo(1 - error / (squares - squares / 2 * squares / 2), within(1e-12));
        assertThat(statistics.explainedVarianceCorrected()).isCloseTo(1 - error / (squares - (1 + 4)), within(1e-12));
        // Mean of all rows (4/3, 2): squares 30, so 30 - 3 (16/9 + 4) is the spread.
        assertThat(statistics.varianceExplained()).isCloseTo(1 - 17 / (30 - 3 * (16 / 9.0 + 4)), within(1e-12));
    }

    @Test
    void explainedVarianceLegacy_oneBatch_isTheMeanOfTheRowsValues() {
        ReconstructionStatistics statistics = new ReconstructionStatistics(2);
        try (Mat x = Mat.of(2, 2, 3, 4, 1, 0);
                Mat r = Mat.of(2, 2, 3, 3, 1, 0)) {
            statistics.addBatch(x, r);
        }

        // The mean is (2, 2), five away from both rows.
        assertThat(statistics.explainedVarianceLegacy()).isCloseTo((1 - 1 / 5.0 + 1) / 2, within(1e-12));
    }
}
