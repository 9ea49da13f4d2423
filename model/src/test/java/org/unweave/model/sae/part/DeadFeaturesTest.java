package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.unweave.model.math.Codes;
import org.unweave.model.math.State;

/** Latents die by rows without firing, not by batches, and firing brings them back. */
class DeadFeaturesTest {
    private final DeadFeatures deadFeatures = new DeadFeatures(3, 10);

    private static Codes firing(int rows, int... features) {
        Codes codes = new Codes(3);
        codes.reset(rows, features.length);
        for (int i = 0; i < features.length; i++) {
            codes.feature()[i] = features[i];
            codes.value()[i] = 1;
        }
        for (int row = 1; row <= rows; row++) {
            codes.rowStart()[row] = features.length;
        }
        return codes;
    }

    @Test
    void update_rowsWithoutFiring_areCountedNotBatches() {
        deadFeatures.update(firing(4, 0));
        deadFeatures.update(firing(5, 0));
        assertThat(deadFeatures.dead().toArray()).isEmpty();

        deadFeatures.update(firing(1, 0));

        assertThat(deadFeatures.dead().toArray()).containsExactly(1, 2);
        assertThat(deadFeatures.share()).isEqualTo(2.0 / 3);
    }

    @Test
    void update_deadLatentFires_isAliveAndCountsAnew() {
        deadFeatures.update(firing(10, 0));
        deadFeatures.update(firing(1, 1));
        assertThat(deadFeatures.dead().toArray()).containsExactly(2);

        deadFeatures.update(firing(9));
        assertThat(deadFeatures.dead().toArray()).containsExactly(0, 2);
        deadFeatures.update(firing(1));
        assertThat(deadFeatures.dead().toArray()).containsExactly(0, 1, 2);
    }

    @Test
    void update_codeOfValueZero_hasNotFired() {
        Codes codes = firing(10, 0, 1);
        codes.value()[1] = 0;

        deadFeatures.update(codes);

        assertThat(deadFeatures.dead().toArray()).containsExactly(1, 2);
    }

    @Test
    void takeDensity_someBatches_isFiringsPerRowSinceTheLastCall() {
        deadFeatures.update(firing(4, 0, 1));
        deadFeatures.update(firing(4, 0));
        assertThat(deadFeatures.takeDensity()).containsExactly(2.0 / 8, 1.0 / 8, 0);

        deadFeatures.update(firing(2, 2));
        assertThat(deadFeatures.takeDensity()).containsExactly(0, 0, 0.5);
        assertThat(deadFeatures.takeDensity()).containsExactly(0, 0, 0);
    }

    @Test
    void load_savedState_goesOnAsThoughNeverLeft() {
        deadFeatures.update(firing(9, 0));
        State state = new State();
        deadFeatures.save(state);
        DeadFeatures other = new DeadFeatures(3, 10);

        other.load(state);
        other.update(firing(1, 0));

        assertThat(other.dead().toArray()).containsExactly(1, 2);
        assertThat(other.takeDensity()).containsExactly(0.2, 0, 0);
    }
}
