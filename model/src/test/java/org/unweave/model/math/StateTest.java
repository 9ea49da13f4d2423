package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.unweave.model.math.State.MismatchException;

/** A state gives back what was put in, and refuses, by name, what does not fit. */
class StateTest {
    private final State state = new State();

    @Test
    void read_sameShape_copiesTheElements() {
        state.put("W", Mat.of(2, 2, 1, 2, 3, 4));
        Mat into = Mat.zeros(2, 2);

        state.read("W", into);

        assertThat(into.toArray()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void read_otherShape_namesBothShapesAndLeavesTheMatrix() {
        state.put("W", Mat.zeros(2, 3));
        Mat into = Mat.of(3, 2, 1, 2, 3, 4, 5, 6);

        assertThatThrownBy(() -> state.read("W", into))
                .isInstanceOf(MismatchException.class)
                .hasMessageContainingAll("W", "2 x 3", "3 x 2");
        assertThat(into.toArray()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void longs_otherLength_namesBothLengths() {
        state.put("counter", 1L, 2L);

        assertThat(state.longs("counter", 2)).containsExactly(1, 2);
        assertThatThrownBy(() -> state.longs("counter", 3))
                .isInstanceOf(MismatchException.class)
                .hasMessageContainingAll("counter", "2 elements", "3");
    }

    @Test
    void doubles_otherType_namesTheEntryAndTheTypeWanted() {
        state.put("counter", 1L);
        state.put("W", Mat.zeros(1, 1));

        assertThatThrownBy(() -> state.doubles("counter", 1))
                .isInstanceOf(MismatchException.class)
                .hasMessageContainingAll("counter", "double[]");
        assertThatThrownBy(() -> state.longs("W", 1))
                .isInstanceOf(MismatchException.class)
                .hasMessageContainingAll("W", "long[]");
    }

    @Test
    void read_missingName_namesItAndWhatThereIs() {
        state.put("b_enc", Mat.zeros(1, 1));
        Mat into = Mat.zeros(1, 1);

        assertThatThrownBy(() -> state.read("W_enc", into))
                .isInstanceOf(MismatchException.class)
                .hasMessageContainingAll("W_enc", "b_enc");
    }

    @Test
    void longs_changedAfterwards_leavesTheState() {
        state.put("counter", 1L);

        state.longs("counter", 1)[0] = 7;

        assertThat(state.longs("counter", 1)).containsExactly(1);
    }

    @Test
    void put_nameTwice_isRefused() {
        state.put("a", 1L);

        assertThatThrownBy(() -> state.put("a", 2.0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a");
    }
}
