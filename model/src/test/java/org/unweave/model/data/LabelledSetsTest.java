package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bundle's sets have the classes and counts that the files hold once duplicates are dropped, and a split never puts
 * a text on both sides. Reads the real bundle: run {@code bin/unweave fetch} before.
 */
class LabelledSetsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ag-news          | World:2000 Sports:2000 Business:2000",
                "ag-news-4        | World:1230 Sports:1220 Business:1217 SciTech:1224",
                "code-language    | C:2000 Python:2000 HTML:1999",
                "amazon-sentiment | negative:999 positive:1000",
                "yelp-stars       | negative:2011 positive:1962",
                "movie-sentiment  | negative:1904 positive:1912",
            })
    void load_realSet_hasItsClassesAndCounts(String name, String classes) {
        LabelledSet set = LabelledSets.load(RealBundle.open(), name);

        List<String> counts = new ArrayList<>();
        for (int label = 0; label < set.classes().size(); label++) {
            counts.add(set.classes().get(label) + ":" + set.count(label));
        }
        assertThat(String.join(" ", counts)).isEqualTo(classes);
        assertThat(set.name()).isEqualTo("bundle/" + name);
        Set<String> texts = new HashSet<>();
        set.texts().forEach(text -> assertThat(texts.add(text.text())).isTrue());
        assertThat(LabelledSets.names()).contains(name);
    }

    @Test
    void load_newsClasses_areCorrected() {
        LabelledSet set = LabelledSets.load(RealBundle.open(), "bundle/ag-news-4");

        // The file calls these Technology and Entertainment.
        assertThat(texts(set, "Business"))
                .filteredOn(text -> text.matches("(?s).*\\b(profit|shares|oil)\\b.*"))
                .hasSizeGreaterThan(150);
        assertThat(texts(set, "SciTech"))
                .filteredOn(text -> text.matches("(?s).*(Microsoft|software|Internet).*"))
                .hasSizeGreaterThan(150);
    }

    @Test
    void load_fieldsWithNewlinesAndQuotes_areWhole() {
        LabelledSet code = LabelledSets.load(RealBundle.open(), "code-language");

        assertThat(texts(code, "Python"))
                .filteredOn(text -> text.contains("\n") && text.contains("\""))
                .hasSizeGreaterThan(1_000);
        assertThat(texts(code, "HTML")).filteredOn(text -> text.contains("</")).hasSizeGreaterThan(1_500);
    }

    @Test
    void load_unknownSet_namesItAndTheKnownOnes() {
        assertThatThrownBy(() -> LabelledSets.load(RealBundle.open(), "bias-in-bios"))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContainingAll("bias-in-bios", "ag-news, ag-news-4, code-language");
    }

    @Test
    void split_realSet_isDisjointAndOfTheSizesAskedFor() {
        LabelledSet set = LabelledSets.load(RealBundle.open(), "amazon-sentiment");

        LabelledSet.Split split = set.split(3, 150, 100);

        assertThat(split.train()).hasSize(300);
        assertThat(split.test()).hasSize(200);
        assertThat(split.train().stream().filter(text -> text.label() == 1)).hasSize(150);
        Set<String> train = new HashSet<>();
        split.train().forEach(text -> train.add(text.text()));
        assertThat(split.test()).noneMatch(text -> train.contains(text.text()));
        assertThat(set.split(3, 150, 100)).isEqualTo(split);
        assertThat(set.split(4, 150, 100).train()).isNotEqualTo(split.train());
    }

    private static List<String> texts(LabelledSet set, String label) {
        int index = set.classes().indexOf(label);
        return set.texts().stream()
                .filter(text -> text.label() == index)
                .map(LabelledText::text)
                .toList();
    }
}
