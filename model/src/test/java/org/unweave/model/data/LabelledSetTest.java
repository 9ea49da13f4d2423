package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A split takes four fifths of a class to train on and the rest to test on; a class without text is named. */
class LabelledSetTest {
    private static final List<String> CLASSES = List.of("cats", "dogs");

    @Test
    void split_moreThanThereIs_takesWhatThereIs() {
        LabelledSet.Split split = set(50, 9).split(1, 1_000, 1_000);

        assertThat(count(split.train(), 0)).isEqualTo(40);
        assertThat(count(split.test(), 0)).isEqualTo(10);
        assertThat(count(split.train(), 1)).isEqualTo(7);
        assertThat(count(split.test(), 1)).isEqualTo(2);
    }

    @Test
    void split_fewerThanThereAre_drawsFromAFixedSide() {
        LabelledSet set = set(100, 100);
        LabelledSet.Split all = set.split(1, 1_000, 1_000);
        LabelledSet.Split few = set.split(1, 10, 10);

        assertThat(all.train()).containsAll(few.train());
        assertThat(all.test()).containsAll(few.test());
    }

    @Test
    void split_labels_areMixed() {
        List<LabelledText> train = set(100, 100).split(1, 80, 20).train();

        assertThat(count(train.subList(0, 40), 0)).isBetween(8, 32);
    }

    @Test
    void split_twoTexts_haveOneOnEachSide() {
        LabelledSet.Split split = set(2, 2).split(1, 5, 5);

        assertThat(split.train()).hasSize(2);
        assertThat(split.test()).hasSize(2);
    }

    @Test
    void constructor_emptyClass_namesSetAndClass() {
        assertThatThrownBy(() -> set(5, 0))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContainingAll("pets", "class dogs", "no text");
    }

    @Test
    void split_oneText_namesSetAndClass() {
        assertThatThrownBy(() -> set(5, 1).split(1, 5, 5))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContainingAll("pets", "class dogs", "too few texts");
    }

    @Test
    void constructor_oneClass_isRefused() {
        assertThatThrownBy(() -> new LabelledSet("pets", List.of("cats"), List.of(new LabelledText("a", 0))))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("two are needed");
    }

    private static LabelledSet set(int cats, int dogs) {
        List<LabelledText> texts = new ArrayList<>();
        for (int n = 0; n < cats; n++) {
            texts.add(new LabelledText("cat " + n, 0));
        }
        for (int n = 0; n < dogs; n++) {
            texts.add(new LabelledText("dog " + n, 1));
        }
        return new LabelledSet("pets", CLASSES, texts);
    }

    private static int count(List<LabelledText> texts, int label) {
        return (int) texts.stream().filter(text -> text.label() == label).count();
    }
}
