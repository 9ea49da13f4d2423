package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Jobs go where there are the fewest a slot, and move only where that makes the fullest node less full. */
class PlacementTest {
    private static Placement of(int slotsA, int jobsA, int slotsB, int jobsB) {
        Placement placement = new Placement();
        placement.addNode("a", slotsA, false);
        placement.addNode("b", slotsB, false);
        for (int i = 0; i < jobsA; i++) {
            placement.addJob("a");
        }
        for (int i = 0; i < jobsB; i++) {
            placement.addJob("b");
        }
        return placement;
    }

    @Test
    void freest_hasTheFewestJobsASlot_withOneMore() {
        assertThat(of(1, 0, 1, 0).freest()).hasValue("a");
        assertThat(of(1, 1, 1, 0).freest()).hasValue("b");
        assertThat(of(4, 3, 1, 1).freest()).hasValue("a");
        assertThat(of(4, 7, 1, 0).freest()).hasValue("b");
    }

    @Test
    void nodesWithoutRoomOrSlots_andDrainedOnes_areNotTaken() {
        assertThat(of(0, 0, 0, 0).freest()).isEmpty();
        assertThat(of(1, Placement.MOST_JOBS_PER_SLOT, 0, 0).freest()).isEmpty();
        assertThat(of(1, Placement.MOST_JOBS_PER_SLOT - 1, 0, 0).freest()).hasValue("a");
        Placement drained = of(1, 5, 1, 0);
        drained.addNode("b", 1, true);
        assertThat(drained.freest()).hasValue("a");
        assertThat(new Placement().freest()).isEmpty();
    }

    @Test
    void job_movesOnlyWhereTheFullestIsLessFullThen_soThatNoneGoesBack() {
        assertThat(of(1, 2, 1, 1).relievedBy("b")).isEmpty();
        assertThat(of(1, 2, 1, 0).relievedBy("b")).hasValue("a");
        assertThat(of(2, 4, 1, 0).relievedBy("b")).hasValue("a");
        assertThat(of(2, 3, 1, 1).relievedBy("b")).isEmpty();
        assertThat(of(1, 1, 1, 1).relievedBy("a")).isEmpty();
        assertThat(of(1, 0, 1, 0).relievedBy("a")).isEmpty();
    }
}
