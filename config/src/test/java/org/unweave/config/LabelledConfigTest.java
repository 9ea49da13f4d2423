package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Pins the block labelled: its defaults, and what it refuses. */
class LabelledConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        LabelledConfig labelled = defaults().labelled();
        assertThat(labelled).isEqualTo(new LabelledConfig("", List.of("Yelp", "Amazon"), 4, 8, 2, 0.2, 16, false, 42));
        assertThat(labelled.source()).isEmpty();
    }

    @Test
    void set_thatIsNamed_isTheSource() {
        assertThat(defaults("labelled.set=review-domain-sentiment").labelled().source())
                .contains("review-domain-sentiment");
    }

    @Test
    void rows_areTheTokensOfAllTextsOfTheFourCells() {
        assertThat(defaults().labelled().rows()).isEqualTo(4 * 8 * 16);
        assertThat(defaults("labelled.texts-per-cell=5", "labelled.tokens=3")
                        .labelled()
                        .rows())
                .isEqualTo(60);
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("labelled.token = 2"))
                .containsExactly("study.conf:1: unknown key labelled.token; did you mean labelled.tokens?");
    }

    @Test
    void wrongType_isRefused() {
        assertThat(problemsOfOverrides("labelled.mains=Yelp"))
                .containsExactly("labelled.mains: wants a list, as in [a, b], but is \"Yelp\"");
        assertThat(problemsOfOverrides("labelled.shuffled=maybe"))
                .singleElement()
                .asString()
                .startsWith("labelled.shuffled: wants true or false");
    }

    @Test
    void mains_areTwoThatDiffer() {
        assertThat(problemsOf("labelled.mains = [Yelp]"))
                .containsExactly("study.conf:1: labelled.mains: names 1 values; give two, as [Yelp, Amazon]");
        assertThat(problemsOf("labelled.mains = [Yelp, Amazon, movie]"))
                .containsExactly("study.conf:1: labelled.mains: names 3 values; give two, as [Yelp, Amazon]");
        assertThat(problemsOf("labelled.mains = [Yelp, Yelp]"))
                .containsExactly("study.conf:1: labelled.mains: Yelp stands there twice");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOfOverrides("labelled.every-steps=0"))
                .containsExactly("labelled.every-steps: 0 is below the least value 1");
        assertThat(problemsOfOverrides("labelled.held-out-per-cell=0"))
                .containsExactly("labelled.held-out-per-cell: 0 is below the least value 1");
        assertThat(problemsOfOverrides("labelled.texts-per-cell=2"))
                .containsExactly("labelled.texts-per-cell: 2 leaves none to learn from beside held-out-per-cell, 2");
        assertThat(problemsOfOverrides("labelled.held-out-share=0"))
                .containsExactly("labelled.held-out-share: 0.0 is outside 0.01 to 0.9");
        assertThat(problemsOfOverrides("labelled.held-out-share=0.95"))
                .containsExactly("labelled.held-out-share: 0.95 is outside 0.01 to 0.9");
        assertThat(problemsOfOverrides("labelled.tokens=0"))
                .containsExactly("labelled.tokens: 0 is below the least value 1");
    }
}
