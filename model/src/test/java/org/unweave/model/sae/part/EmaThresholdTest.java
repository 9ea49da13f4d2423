package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.Codes;
import org.unweave.model.math.State;
import org.unweave.model.sae.DenseCodes;

/** The moving threshold: what a batch tells it, when it begins to move, how fast, and that it survives a checkpoint. */
class EmaThresholdTest {
    private static final Offset<Double> CLOSE = within(1e-7);

    private final EmaThreshold threshold = new EmaThreshold(10, 0.75);

    private static Codes smallest(float value) {
        return DenseCodes.of(new float[] {0, value + 1, 0}, new float[] {value + 2, 0, value});
    }

    @Test
    void value_beforeAnythingWasKept_isZero() {
        assertThat(threshold.value()).isZero();
        threshold.observeBatch(DenseCodes.row(0, 0, 0), 50);
        threshold.observeRows(DenseCodes.row(0, 0, 0), 51);
        assertThat(threshold.value()).isZero();
    }

    @Test
    void value_beforeItsStart_isTheLastBatchs() {
        threshold.observeBatch(smallest(0.5f), 0);
        threshold.observeBatch(smallest(0.25f), 9);
        assertThat(threshold.value()).isCloseTo(0.25, CLOSE);
        threshold.observeBatch(smallest(0.75f), 10);
        assertThat(threshold.value())
                .as("the tenth is the last before the start")
                .isCloseTo(0.75, CLOSE);
    }

    @Test
    void value_fromItsStart_isAMovingMeanThatBeginsAtTheFirst() {
        threshold.observeBatch(smallest(4), 10);
        threshold.observeBatch(smallest(0.5f), 11);
        assertThat(threshold.value()).as("nothing of what was before").isCloseTo(0.5, CLOSE);
        threshold.observeBatch(smallest(1), 12);
        assertThat(threshold.value()).isCloseTo(0.75 * 0.5 + 0.25, CLOSE);
        threshold.observeBatch(smallest(2), 13);
        assertThat(threshold.value()).isCloseTo(0.75 * 0.625 + 0.25 * 2, CLOSE);
    }

    @Test
    void value_batchThatKeepsNothing_staysAsItIs() {
        threshold.observeBatch(smallest(0.5f), 0);
        threshold.observeBatch(DenseCodes.row(0, 0, 0), 1);
        assertThat(threshold.value()).isCloseTo(0.5, CLOSE);
        threshold.observeBatch(DenseCodes.row(0, 0, 0), 11);
        threshold.observeBatch(smallest(1), 12);
        threshold.observeBatch(DenseCodes.row(0, 0, 0), 13);
        assertThat(threshold.value()).isCloseTo(1, CLOSE);
    }

    @Test
    void observeRows_severalRows_takesTheMeanOfTheirSmallest() {
        threshold.observeRows(DenseCodes.of(new float[] {3, 1, 0}, new float[] {0, 0, 0}, new float[] {0, 8, 2}), 11);
        assertThat(threshold.value())
                .as("a row that keeps nothing does not count")
                .isCloseTo(1.5, CLOSE);
    }

    @Test
    void load_savedState_goesOnFromThere() {
        threshold.observeBatch(smallest(0.5f), 3);
        EmaThreshold early = copy();
        assertThat(early.value()).isEqualTo(threshold.value());
        threshold.observeBatch(smallest(1), 11);
        EmaThreshold late = copy();
        threshold.observeBatch(smallest(3), 12);
        late.observeBatch(smallest(3), 12);
        early.observeBatch(smallest(1), 11);
        early.observeBatch(smallest(3), 12);
        assertThat(late.value()).isEqualTo(threshold.value());
        assertThat(early.value()).isEqualTo(threshold.value());
    }

    private EmaThreshold copy() {
        State state = new State();
        threshold.save(state);
        EmaThreshold copy = new EmaThreshold(10, 0.75);
        copy.load(state);
        return copy;
    }
}
