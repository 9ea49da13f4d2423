package org.unweave.eval.saebench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.unweave.eval.EvalInputs;
import org.unweave.eval.FakeInputs;
import org.unweave.eval.PairedTexts;
import org.unweave.eval.ProbingTexts;
import org.unweave.eval.TextsOfSeed;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataFolderException;

/** SAEBench's sets come from the folder under their own names, and only they do. */
class SaeBenchInputsTest {

    private static DataFolder hub() throws Exception {
        return new DataFolder(Path.of(SaeBenchInputsTest.class
                        .getResource("/golden/saebench/drawn.json")
                        .toURI())
                .resolveSibling("hub"));
    }

    @Test
    void labelled_setOfSaeBench_comesFromTheFolderUnderItsName() throws Exception {
        EvalInputs inputs = new SaeBenchInputs(Optional.of(hub()), new FakeInputs());

        ProbingTexts texts = inputs.labelled("fancyzhx/ag_news", 20, 6, 42);

        assertThat(texts.name()).isEqualTo("fancyzhx/ag_news");
        assertThat(texts.classes()).extracting(ProbingTexts.ClassTexts::key).containsExactly("0", "1", "2", "3");
        assertThat(texts.classes()).allSatisfy(one -> {
            assertThat(one.train()).hasSize(20).allMatch(text -> text.startsWith("train " + one.key()));
            assertThat(one.test()).hasSize(6).allMatch(text -> text.startsWith("test " + one.key()));
        });
    }

    @Test
    void textsThatWereTrainedOn_areNotTestedOn() throws Exception {
        EvalInputs inputs = new SaeBenchInputs(Optional.of(hub()), new FakeInputs());
        List<String> news =
                inputs.labelled("fancyzhx/ag_news", 20, 6, 42).classes().get(1).test();
        String set = "LabHC/bias_in_bios_class_set1";
        List<String> nurses = inputs.paired(set, 8, 3, 42).cells().get(3).test();
        Set<String> trained = Set.of(news.get(0), nurses.get(2));

        EvalInputs less = new SaeBenchInputs(Optional.of(hub()), new FakeInputs() {
            @Override
            public Set<String> trainedTexts() {
                return trained;
            }
        });

        assertThat(less.trainedTexts()).isEqualTo(trained);
        assertThat(less.labelled("fancyzhx/ag_news", 20, 6, 42).classes().get(1).test())
                .isEqualTo(news.subList(1, 6));
        assertThat(less.paired(set, 8, 3, 42).cells().get(3).test()).isEqualTo(nurses.subList(0, 2));
    }

    @Test
    void labelled_anotherSet_comesFromTheOtherInputs() throws Exception {
        EvalInputs inputs = new SaeBenchInputs(Optional.of(hub()), new FakeInputs());

        assertThat(inputs.labelled("ag-news", 4, 4, 42)).isEqualTo(new FakeInputs().labelled("ag-news", 4, 4, 42));
        assertThat(inputs.corpusName()).isEqualTo(new FakeInputs().corpusName());
        assertThat(inputs.developmentTexts()).isEqualTo(new FakeInputs().developmentTexts());
        assertThat(new TextsOfSeed(inputs, 3).developmentTexts()).isEqualTo(new FakeInputs().developmentTexts());
    }

    @Test
    void paired_setOfSaeBench_comesFromTheFolderUnderItsName() throws Exception {
        EvalInputs inputs = new SaeBenchInputs(Optional.of(hub()), new FakeInputs());

        PairedTexts texts = inputs.paired("LabHC/bias_in_bios_class_set1", 8, 3, 42);

        assertThat(texts.name()).isEqualTo("LabHC/bias_in_bios_class_set1");
        assertThat(texts.seconds()).containsExactly("male", "female");
        assertThat(texts.pairs())
                .containsExactly(
                        new PairedTexts.Pair("professor", "nurse"),
                        new PairedTexts.Pair("architect", "journalist"),
                        new PairedTexts.Pair("surgeon", "psychologist"),
                        new PairedTexts.Pair("attorney", "teacher"));
        PairedTexts.Cell nurses = texts.cells().get(3);
        assertThat(nurses.main()).isEqualTo("nurse");
        assertThat(nurses.second()).isEqualTo("female");
        assertThat(nurses.train()).hasSize(8).allMatch(text -> text.startsWith("train 13/1"));
        assertThat(nurses.test()).hasSize(3).allMatch(text -> text.startsWith("test 13/1"));
    }

    @Test
    void labelled_setOfSaeBenchWithoutAFolder_saysWhichKeyAndWhatBelongsThere() {
        EvalInputs inputs = new SaeBenchInputs(Optional.empty(), new FakeInputs());

        assertThatThrownBy(() -> inputs.labelled("Helsinki-NLP/europarl", 4, 4, 42))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("Helsinki-NLP/europarl")
                .hasMessageContaining("eval.data-folder")
                .hasMessageContaining("<owner>/<name>");
    }
}
