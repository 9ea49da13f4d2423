package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.unweave.model.sae.TopKForm;

/** The control has unit rows in directions that its seed decides. */
class RandomSaeTest {

    @Test
    void create_anySeed_hasUnitRowsTiedWeightsAndTheMean() {
        float[] mean = {1, -2, 3};
        try (TopKForm sae = RandomSae.create(50, 4, mean, 9)) {
            for (int feature = 0; feature < 50; feature++) {
                float[] row = sae.decFD().copyRow(feature);
                assertThat(row[0] * row[0] + row[1] * row[1] + row[2] * row[2]).isCloseTo(1, within(1e-5f));
                assertThat(sae.encFD().copyRow(feature)).isEqualTo(row);
            }
            assertThat(sae.bDec1D().toArray()).isEqualTo(mean);
            assertThat(sae.bEnc1F().toArray()).containsOnly(0);
            assertThat(sae.k()).isEqualTo(4);
        }
    }

    @Test
    void create_sameAndOtherSeed_isTheSameAndAnother() {
        try (TopKForm one = RandomSae.create(5, 2, new float[4], 9);
                TopKForm same = RandomSae.create(5, 2, new float[4], 9);
                TopKForm other = RandomSae.create(5, 2, new float[4], 10)) {
            assertThat(one.decFD().toArray()).isEqualTo(same.decFD().toArray());
            assertThat(one.decFD().toArray()).isNotEqualTo(other.decFD().toArray());
        }
    }
}
