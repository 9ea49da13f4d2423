package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Cells are split 60, 20, 20 by the seed, with no text twice. One test reads the real bundle. */
class TwoAttributeSetTest {
    @Test
    void split_aCell_hasThreePartsThatTheSeedDecides() {
        TwoAttributeSet set = set(50);

        TwoAttributeSet.Split split = set.split(3, 1, 0);

        assertThat(split.train()).hasSize(30);
        assertThat(split.dev()).hasSize(10);
        assertThat(split.test()).hasSize(10);
        assertThat(split.trainAndDev()).hasSize(40).doesNotContainAnyElementsOf(split.test());
        assertThat(split.test()).allMatch(text -> text.startsWith("b/s "));
        assertThat(set.split(3, 1, 0)).isEqualTo(split);
        assertThat(set.split(4, 1, 0)).isNotEqualTo(split);
    }

    @Test
    void split_cellOfThree_isRefusedByName() {
        assertThatThrownBy(() -> set(2).split(3, 1, 1))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("b/t has 2 texts");
    }

    @Test
    void load_reviews_haveSixCellsOfDistinctTextsLargeEnoughForTheDefaults() {
        TwoAttributeSet set = TwoAttributeSets.load(RealBundle.open(), "bundle/review-domain-sentiment");

        List<String> counts = new ArrayList<>();
        for (int cell = 0; cell < 6; cell++) {
            counts.add(set.cells().classes().get(cell) + ":" + set.cells().count(cell));
        }
        assertThat(String.join(" ", counts))
                .isEqualTo("Yelp/negative:2011 Yelp/positive:1962 Amazon/negative:999 Amazon/positive:1000"
                        + " movie/negative:1904 movie/positive:1912");
        Set<String> texts = new HashSet<>();
        set.cells().texts().forEach(text -> assertThat(texts.add(text.text())).isTrue());
        TwoAttributeSet.Split smallest = set.split(42, 1, 0);
        assertThat(smallest.trainAndDev()).hasSizeGreaterThan(780);
        assertThat(smallest.test()).hasSizeGreaterThan(198);
    }

    @Test
    void load_unknownName_listsTheNames() {
        assertThatThrownBy(() -> TwoAttributeSets.load(RealBundle.open(), "reviews"))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("review-domain-sentiment");
        assertThat(TwoAttributeSets.isMainAttribute("bundle/review-domain")).isTrue();
    }

    private static TwoAttributeSet set(int perCell) {
        List<String> mains = List.of("a", "b");
        List<String> seconds = List.of("s", "t");
        List<String> cells = TwoAttributeSet.cellNames(mains, seconds);
        List<LabelledText> texts = new ArrayList<>();
        for (int cell = 0; cell < cells.size(); cell++) {
            for (int n = 0; n < perCell; n++) {
                texts.add(new LabelledText(cells.get(cell) + " " + n, cell));
            }
        }
        return new TwoAttributeSet("files/x", mains, seconds, new LabelledSet("files/x", cells, texts));
    }
}
