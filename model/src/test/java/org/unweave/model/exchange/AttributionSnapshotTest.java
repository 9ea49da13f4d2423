package org.unweave.model.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.exchange.AttributionSnapshot.Source;

/** A snapshot has the latents of largest attribution, no more than fit, and the percentile of all. */
class AttributionSnapshotTest {
    private static AttributionSnapshot of(double... attributionF) {
        return AttributionSnapshot.of("job", 6, Source.EVALUATOR, attributionF, 0.75);
    }

    @Test
    void top_fallsByAttribution_andByFeatureWhereItIsTheSame() {
        AttributionSnapshot snapshot = of(0.1, 0, 0.4, 0.4, 0.1);

        assertThat(snapshot.top())
                .containsExactly(
                        new Attributed(2, 0.4), new Attributed(3, 0.4), new Attributed(0, 0.1), new Attributed(4, 0.1));
        assertThat(snapshot.features()).isEqualTo(5);
        assertThat(snapshot.attribute()).isEqualTo("spurious");
        // Of the four above 0, as numpy interpolates.
        assertThat(snapshot.percentile85()).isCloseTo(0.4, within(1e-12));
        assertThat(of(0.1, 0, 0.2, 0.7).percentile85()).isCloseTo(0.2 + 0.7 * 0.5, within(1e-12));
    }

    @Test
    void nothingAttributed_isAnEmptyTopAndAPercentileOfZero() {
        assertThat(of(0, 0).top()).isEmpty();
        assertThat(of(0, 0).percentile85()).isZero();
    }

    @Test
    void moreThanFit_areCutOff_andCountForThePercentile() {
        double[] attributionF = new double[3000];
        for (int f = 0; f < 3000; f++) {
            attributionF[f] = (f + 1) / 4_501_500.0;
        }

        AttributionSnapshot snapshot = of(attributionF);

        assertThat(snapshot.top()).hasSize(AttributionSnapshot.MOST);
        assertThat(snapshot.top().getFirst().feature()).isEqualTo(2999);
        assertThat(snapshot.top().getLast().feature()).isEqualTo(3000 - AttributionSnapshot.MOST);
        double whole = Arrays.stream(attributionF).sum();
        assertThat(whole).isCloseTo(1, within(1e-9));
        assertThat(snapshot.percentile85()).isCloseTo((0.85 * 2999 + 1) / 4_501_500.0, within(1e-12));
    }

    @Test
    void snapshot_ofMoreThanFit_isRefused() {
        assertThatThrownBy(() -> new AttributionSnapshot(
                        "job",
                        6,
                        Source.EVALUATOR,
                        "spurious",
                        4096,
                        Collections.nCopies(AttributionSnapshot.MOST + 1, new Attributed(0, 0)),
                        0,
                        0))
                .hasMessageContaining("1025");
    }
}
