package org.unweave.eval.saebench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.eval.PairedTexts;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataFolderException;
import org.unweave.model.data.LabelledSetException;

/** The texts of SAEBench's sets are those that pandas, NumPy and CPython draw, in that order; what is short is refused. */
class SaeBenchSetsTest {
    @TempDir
    Path empty;

    private static Path golden() {
        try {
            URL url = SaeBenchSetsTest.class.getResource("/golden/saebench/drawn.json");
            assertThat(url).isNotNull();
            return Path.of(url.toURI()).getParent();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode drawn(String part) throws IOException {
        return new ObjectMapper()
                .readTree(golden().resolve("drawn.json").toFile())
                .required(part);
    }

    private static DataFolder hub() {
        return new DataFolder(golden().resolve("hub"));
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.textValue()));
        return texts;
    }

    @Test
    void names_areTheEightOfSaeBench() {
        assertThat(ProbingSets.names())
                .containsExactly(
                        "LabHC/bias_in_bios_class_set1",
                        "LabHC/bias_in_bios_class_set2",
                        "LabHC/bias_in_bios_class_set3",
                        "canrager/amazon_reviews_mcauley_1and5",
                        "canrager/amazon_reviews_mcauley_1and5_sentiment",
                        "codeparrot/github-code",
                        "fancyzhx/ag_news",
                        "Helsinki-NLP/europarl");
    }

    @Test
    void load_everyProbingSet_drawsTheTextsOfTheGoldenFile() throws IOException {
        JsonNode runs = drawn("probing");
        assertThat(runs.size()).isEqualTo(2);
        for (JsonNode run : runs) {
            int train = run.required("train").intValue();
            int test = run.required("test").intValue();
            long seed = run.required("seed").longValue();
            for (String name : ProbingSets.names()) {
                ProbingSets.requireFiles(hub(), name);
                List<ClassTexts> wanted = new ArrayList<>();
                for (JsonNode one : run.required("sets").required(name)) {
                    wanted.add(new ClassTexts(
                            one.required("key").textValue(),
                            texts(one.required("train")),
                            texts(one.required("test"))));
                }

                assertThat(ProbingSets.load(hub(), name, train, test, seed))
                        .as(name + ", seed " + seed)
                        .hasSizeGreaterThan(1)
                        .isEqualTo(wanted);
            }
        }
    }

    @Test
    void load_everySetOfPairs_takesTheHeadsOfTheGoldenFile() throws IOException {
        JsonNode pairs = drawn("pairs");
        for (String name : PairedSets.names()) {
            List<PairedTexts.Cell> wanted = new ArrayList<>();
            for (JsonNode cell : pairs.required("cells").required(name)) {
                wanted.add(new PairedTexts.Cell(
                        cell.required("main").textValue(),
                        cell.required("second").textValue(),
                        texts(cell.required("train")),
                        texts(cell.required("test"))));
            }

            PairedSets.requireFiles(hub(), name);
            PairedTexts loaded = PairedSets.load(
                    hub(),
                    name,
                    pairs.required("train").intValue(),
                    pairs.required("test").intValue());

            assertThat(loaded.cells()).as(name).hasSize(16).isEqualTo(wanted);
            assertThat(loaded.pairs()).hasSize(4);
            assertThat(loaded.seconds()).hasSize(2);
        }
    }

    @Test
    void load_moreThanAClassHas_isRefusedByName() {
        assertThatThrownBy(() -> ProbingSets.load(hub(), "fancyzhx/ag_news", 26, 5, 42))
                .isInstanceOf(LabelledSetException.class)
                .hasMessage("fancyzhx/ag_news train has 25 texts of label 0.0, and 26 are asked for; ask for fewer");
        assertThatThrownBy(() -> ProbingSets.load(hub(), "LabHC/bias_in_bios_class_set3", 200, 6, 42))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("LabHC/bias_in_bios_class_set3: 0 of its classes");
        assertThatThrownBy(() -> ProbingSets.load(hub(), "Helsinki-NLP/europarl", 50, 10, 42))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("Helsinki-NLP/europarl/en-fr train has 60 rows, and 61 are read");
        assertThatThrownBy(() -> ProbingSets.load(hub(), "codeparrot/github-code", 100, 20, 42))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("codeparrot/github-code train has too few files")
                .hasMessageContaining("121 of each");
    }

    @Test
    void load_seedThatNumpyDoesNotTake_isRefused() {
        assertThatThrownBy(() -> ProbingSets.load(hub(), "fancyzhx/ag_news", 5, 5, -1))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("eval.seed is -1");
    }

    @Test
    void requireFiles_ofAnEmptyFolder_saysWhatBelongsWhere() {
        for (String name : ProbingSets.names()) {
            assertThatThrownBy(() -> ProbingSets.requireFiles(new DataFolder(empty), name))
                    .as(name)
                    .isInstanceOf(DataFolderException.class)
                    .hasMessageContaining(empty.toString())
                    .hasMessageContaining("train-00000-of-00001.parquet");
        }
        for (String name : PairedSets.names()) {
            assertThatThrownBy(() -> PairedSets.requireFiles(new DataFolder(empty), name))
                    .isInstanceOf(DataFolderException.class);
        }
    }

    @Test
    void load_codeWithTheColumnsOfItsLoader_isReadToo() throws IOException {
        Path file = empty.resolve("codeparrot/github-code/train.jsonl");
        Files.createDirectories(file.getParent());
        List<String> lines = new ArrayList<>();
        for (int n = 0; n < 8; n++) {
            for (String language : List.of("C", "Python", "HTML", "Java", "PHP", "Go")) {
                lines.add("{\"code\": \"" + "x".repeat(149) + n + language + "y".repeat(400) + "\", \"language\": \""
                        + language + "\"}");
            }
        }
        Files.write(file, lines);

        List<ClassTexts> classes = ProbingSets.load(new DataFolder(empty), "codeparrot/github-code", 4, 2, 42);

        assertThat(classes).extracting(ClassTexts::key).containsExactly("C", "Python", "HTML", "Java", "PHP");
        for (ClassTexts one : classes) {
            assertThat(one.train()).hasSize(4).allMatch(text -> text.equals(one.key() + "y".repeat(400)));
            assertThat(one.test()).hasSize(2);
        }
    }
}
