package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.unweave.model.data.Document;
import org.unweave.model.data.LabelledSet;
import org.unweave.model.data.LabelledText;

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

        ProbingTexts split = CorpusInputs.split(set, 10, 9, 3);

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
