package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.unweave.config.LabelledConfig;
import org.unweave.model.data.Document;
import org.unweave.model.data.LabelledSet;
import org.unweave.model.data.LabelledStream;
import org.unweave.model.data.LabelledText;
import org.unweave.model.data.TwoAttributeSet;

/** Held-out sequences come from as many documents as there are, and a labelled set's texts keep their classes. */
class CorpusInputsTest {

    @Test
    void spread_enoughDocuments_takesTheFirstSequenceOfEach() {
        List<int[]> sequences = CorpusInputs.spread(documents(5, 60), new FakeModel(0).tokenizer(), 3, 21);

        assertThat(sequences).hasSize(3);
        for (int n = 0; n < 3; n++) {
            assertThat(sequences.get(n)).hasSize(21).startsWith(FakeModel.BOS, 10 + n, 10 + n);
        }
    }

    @Test
    void spread_fewDocuments_goesOnWithTheirSecondSequences() {
        List<int[]> sequences = CorpusInputs.spread(documents(2, 60), new FakeModel(0).tokenizer(), 5, 21);

        assertThat(sequences).extracting(sequence -> sequence[1]).containsExactly(10, 11, 10, 11, 10);
    }

    @Test
    void spread_tooLittleText_givesWhatThereIs() {
        assertThat(CorpusInputs.spread(documents(1, 60), new FakeModel(0).tokenizer(), 50, 21))
                .hasSize(3);
        assertThat(CorpusInputs.spread(documents(2, 3), new FakeModel(0).tokenizer(), 5, 21))
                .isEmpty();
    }

    @Test
    void split_setOfTwoClasses_keepsClassesAndSizes() {
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            texts.add(new LabelledText("text " + i, i % 2));
        }
        LabelledSet set = new LabelledSet("files/parity", List.of("even", "odd"), texts);

        ProbingTexts split = CorpusInputs.split(set, Set.of(), 10, 9, 3);

        assertThat(split.name()).isEqualTo("files/parity");
        assertThat(split.classes()).extracting(ProbingTexts.ClassTexts::key).containsExactly("even", "odd");
        for (ProbingTexts.ClassTexts ofClass : split.classes()) {
            assertThat(ofClass.train()).hasSize(10).doesNotContainAnyElementsOf(ofClass.test());
            assertThat(ofClass.test()).hasSize(5);
        }
        assertThat(split.classes().getLast().train())
                .allSatisfy(text ->
                        assertThat(Integer.parseInt(text.substring(5)) % 2).isEqualTo(1));
    }

    @Test
    void pairsAndDomains_ofOneSet_shareNoTextBetweenTrainingAndTest() {
        List<String> cells = List.of("a/s", "a/t", "b/s", "b/t", "c/s", "c/t");
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            texts.add(new LabelledText(cells.get(i % 6) + " " + i, i % 6));
        }
        TwoAttributeSet set = new TwoAttributeSet(
                "files/x", List.of("a", "b", "c"), List.of("s", "t"), new LabelledSet("files/x", cells, texts));

        PairedTexts pairs = CorpusInputs.pairs(set, 30, 8, 3, 3);
        ProbingTexts domains = CorpusInputs.domains(set, 60, 15, 3, 3);

        assertThat(pairs.pairs())
                .containsExactly(
                        new PairedTexts.Pair("a", "b"), new PairedTexts.Pair("a", "c"), new PairedTexts.Pair("b", "c"));
        List<String> train = new ArrayList<>();
        List<String> test = new ArrayList<>();
        for (PairedTexts.Cell cell : pairs.cells()) {
            assertThat(cell.train()).hasSize(30).allMatch(text -> text.startsWith(cell.key() + " "));
            assertThat(cell.test()).hasSize(8);
            train.addAll(cell.train());
            test.addAll(cell.test());
        }
        assertThat(domains.classes()).extracting(ProbingTexts.ClassTexts::key).containsExactly("a", "b", "c");
        for (ProbingTexts.ClassTexts domain : domains.classes()) {
            assertThat(domain.train()).hasSize(60);
            assertThat(domain.test())
                    .hasSize(14)
                    .filteredOn(text -> text.startsWith(domain.key() + "/s"))
                    .hasSize(7);
            train.addAll(domain.train());
            test.addAll(domain.test());
        }
        assertThat(train).doesNotContainAnyElementsOf(test);
    }

    @Test
    void development_ofATwoAttributeSet_isNeitherTrainedOnNorScoredOn() {
        TwoAttributeSet set = reviews(List.of(60, 45, 70, 50, 60, 60));
        LabelledConfig labelled = labelled(false);

        PairedTexts development = CorpusInputs.development(set, labelled);

        assertThat(development.seconds()).containsExactly("s", "t");
        assertThat(development.pairs()).containsExactly(new PairedTexts.Pair("c", "a"));
        assertThat(development.cells()).extracting(PairedTexts.Cell::key).containsExactly("c/s", "c/t", "a/s", "a/t");
        List<String> all = new ArrayList<>();
        for (PairedTexts.Cell cell : development.cells()) {
            // The smallest cell has 45 texts, 9 of them for development.
            assertThat(cell.train()).hasSize(7).allMatch(text -> text.startsWith(cell.key() + " "));
            assertThat(cell.test()).hasSize(2).allMatch(text -> text.startsWith(cell.key() + " "));
            all.addAll(cell.train());
            all.addAll(cell.test());
        }
        assertThat(all).doesNotHaveDuplicates().doesNotContainAnyElementsOf(LabelledStream.texts(set, labelled));
        for (int main = 0; main < 3; main++) {
            for (int second = 0; second < 2; second++) {
                TwoAttributeSet.Split split = set.split(42, main, second);
                assertThat(all).doesNotContainAnyElementsOf(split.train()).doesNotContainAnyElementsOf(split.test());
            }
        }
        for (long seed = 0; seed < 5; seed++) {
            // As evaluations ask for them, whatever their seed.
            for (PairedTexts.Cell cell : CorpusInputs.pairs(set, 100, 100, labelled.splitSeed(), seed)
                    .cells()) {
                assertThat(all).doesNotContainAnyElementsOf(cell.test());
            }
        }
    }

    @Test
    void development_shuffled_isOfTheSamePartWithMixedLabels() {
        TwoAttributeSet set = reviews(List.of(60, 60, 60, 60, 60, 60));

        PairedTexts plain = CorpusInputs.development(set, labelled(false));
        PairedTexts shuffled = CorpusInputs.development(set, labelled(true));

        assertThat(texts(shuffled)).containsExactlyInAnyOrderElementsOf(texts(plain));
        for (PairedTexts.Cell cell : shuffled.cells()) {
            assertThat(cell.train()).hasSize(10);
            assertThat(cell.train().stream().map(text -> text.substring(0, 3)).distinct())
                    .hasSizeGreaterThan(1);
        }
        assertThat(CorpusInputs.development(set, labelled(true))).isEqualTo(shuffled);
    }

    @Test
    void development_tooFewTexts_saysSo() {
        TwoAttributeSet set = reviews(List.of(60, 5, 60, 60, 60, 60));

        assertThatThrownBy(() -> CorpusInputs.development(set, labelled(false)))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("labelled.set: files/x has a combination of 1 texts for development");
    }

    private static List<String> texts(PairedTexts texts) {
        return texts.cells().stream()
                .flatMap(cell -> Stream.concat(cell.train().stream(), cell.test().stream()))
                .toList();
    }

    private static LabelledConfig labelled(boolean shuffled) {
        return new LabelledConfig("x", List.of("c", "a"), 4, 8, 2, 0.2, 16, shuffled, 42);
    }

    private static TwoAttributeSet reviews(List<Integer> sizes) {
        List<String> cells = List.of("a/s", "a/t", "b/s", "b/t", "c/s", "c/t");
        List<LabelledText> texts = new ArrayList<>();
        for (int cell = 0; cell < sizes.size(); cell++) {
            for (int i = 0; i < sizes.get(cell); i++) {
                texts.add(new LabelledText(cells.get(cell) + " " + i, cell));
            }
        }
        return new TwoAttributeSet(
                "files/x", List.of("a", "b", "c"), List.of("s", "t"), new LabelledSet("files/x", cells, texts));
    }

    private static List<Document> documents(int count, int words) {
        List<Document> documents = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            String word = "w" + (10 + n);
            documents.add(
                    new Document("document " + n, (word + " ").repeat(words).strip()));
        }
        return documents;
    }
}
