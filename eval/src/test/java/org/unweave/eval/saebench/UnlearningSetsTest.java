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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.eval.EvalInputs;
import org.unweave.eval.EvaluationException;
import org.unweave.eval.FakeInputs;
import org.unweave.eval.PairTokenizer;
import org.unweave.eval.UnlearningCorpora;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataFolderException;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.data.QuestionSetException;

/** Questions come as the hub has them; documents are drawn, cut and shuffled as CPython and PyTorch do it. */
class UnlearningSetsTest {
    private static final PairTokenizer TOKENIZER = new PairTokenizer(1, 2, 3);
    private static final String LONG = "a text that is longer than fifty characters, as all of these";

    @TempDir
    Path folder;

    private static Path golden() throws URISyntaxException {
        URL url = UnlearningSetsTest.class.getResource("/golden/unlearning/drawn.json");
        assertThat(url).isNotNull();
        return Path.of(url.toURI());
    }

    private static JsonNode drawn(String part) throws Exception {
        return new ObjectMapper().readTree(golden().toFile()).required(part);
    }

    private static EvalInputs hub() throws URISyntaxException {
        return inputs(golden().resolveSibling("hub"));
    }

    private static EvalInputs inputs(Path hub) {
        return new SaeBenchInputs(Optional.of(new DataFolder(hub)), new FakeInputs());
    }

    private void write(String place, String... lines) throws IOException {
        Path file = folder.resolve(place);
        Files.createDirectories(file.getParent());
        Files.write(file, List.of(lines));
    }

    private void writeCorpora(String papers, String wikipedia) throws IOException {
        write("cais/wmdp-corpora/bio-forget-corpus.jsonl", papers);
        write("Salesforce/wikitext/wikitext-2-raw-v1/test.jsonl", wikipedia);
    }

    private static String row(String text) {
        return "{\"text\": \"" + text + "\"}";
    }

    private static List<List<Integer>> lists(List<int[]> sequences) {
        return sequences.stream()
                .map(sequence -> Arrays.stream(sequence).boxed().toList())
                .toList();
    }

    private static List<List<Integer>> lists(JsonNode rows) {
        List<List<Integer>> lists = new ArrayList<>();
        for (JsonNode row : rows) {
            List<Integer> list = new ArrayList<>();
            row.forEach(id -> list.add(id.intValue()));
            lists.add(list);
        }
        return lists;
    }

    @Test
    void corpora_ofEveryCase_areTheBlocksOfTheGoldenFile() throws Exception {
        JsonNode cases = drawn("cases");
        assertThat(cases.size()).isEqualTo(4);
        for (JsonNode one : cases) {
            PairTokenizer tokenizer = new PairTokenizer(
                    one.required("bos").intValue(),
                    one.required("eos").intValue(),
                    one.required("pad").intValue());

            UnlearningCorpora corpora = hub().unlearningCorpora(
                            tokenizer,
                            one.required("sequences").intValue(),
                            one.required("context_tokens").intValue(),
                            one.required("seed").longValue());

            assertThat(corpora.forget().name()).isEqualTo("cais/wmdp-corpora bio-forget-corpus");
            assertThat(corpora.retain().name()).isEqualTo("Salesforce/wikitext/wikitext-2-raw-v1 test");
            assertThat(corpora.forget().documents())
                    .isEqualTo(one.required("forget_documents").intValue());
            assertThat(corpora.retain().documents())
                    .isEqualTo(one.required("retain_documents").intValue());
            assertThat(lists(corpora.forget().sequences()))
                    .as("forget, seed %s", one.get("seed"))
                    .isEqualTo(lists(one.required("forget")));
            assertThat(lists(corpora.retain().sequences()))
                    .as("retain, seed %s", one.get("seed"))
                    .isEqualTo(lists(one.required("retain")));
        }
    }

    @Test
    void questions_ofWmdpAndMmlu_areThoseOfTheFilesUnderSaeBenchsNames() throws Exception {
        JsonNode sets = drawn("questions");
        QuestionSet biology = hub().questions("wmdp-bio", 42);
        assertThat(biology.name()).isEqualTo("wmdp-bio");
        assertThat(biology.subject()).isEqualTo("biology");
        assertThat(biology.listName()).isEqualTo("wmdp-bio");
        assertThat(biology.questions()).hasSize(11).isEqualTo(questions(sets.required("wmdp-bio")));
        QuestionSet aging = hub().questions("human_aging", 42);
        assertThat(aging.name()).isEqualTo("human_aging");
        assertThat(aging.subject()).isEqualTo("human aging");
        assertThat(aging.listName()).isEqualTo("mmlu-human-aging");
        assertThat(aging.questions()).hasSize(7).isEqualTo(questions(sets.required("human_aging")));
    }

    private static List<Question> questions(JsonNode rows) {
        List<Question> questions = new ArrayList<>();
        for (JsonNode row : rows) {
            List<String> options = new ArrayList<>();
            row.required("choices").forEach(option -> options.add(option.textValue()));
            questions.add(new Question(
                    row.required("question").textValue(),
                    options,
                    row.required("answer").intValue()));
        }
        return questions;
    }

    @Test
    void names_areWmdpAndMmlus57Subjects() {
        assertThat(ChoiceSets.names())
                .hasSize(58)
                .doesNotHaveDuplicates()
                .allMatch(SaeBenchInputs::isQuestions)
                .contains(
                        "wmdp-bio",
                        "high_school_us_history",
                        "college_computer_science",
                        "high_school_geography",
                        "human_aging");
        assertThat(SaeBenchInputs.isQuestions("elements")).isFalse();
        assertThat(SaeBenchInputs.isQuestions("mmlu-human_aging")).isFalse();
    }

    @Test
    void files_thatAreMissing_areNamedWithTheirPlaces() {
        Optional<DataFolder> empty = Optional.of(new DataFolder(folder));
        assertThatThrownBy(() -> SaeBenchInputs.requireCorpora(empty))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("cais/wmdp-corpora/bio-forget-corpus.jsonl");
        assertThatThrownBy(() -> SaeBenchInputs.requireQuestions(empty, "wmdp-bio"))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("cais/wmdp/wmdp-bio/test-00000-of-00001.parquet");
        assertThatThrownBy(() -> SaeBenchInputs.requireQuestions(empty, "human_aging"))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("cais/mmlu/human_aging/test-00000-of-00001.parquet");
        assertThatThrownBy(() -> SaeBenchInputs.requireCorpora(Optional.empty()))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("set eval.data-folder");
    }

    @Test
    void corpora_withoutWikipedia_nameIt() throws IOException {
        write("cais/wmdp-corpora/bio-forget-corpus.jsonl", row(LONG));
        assertThatThrownBy(() -> SaeBenchInputs.requireCorpora(Optional.of(new DataFolder(folder))))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("Salesforce/wikitext/wikitext-2-raw-v1/test-00000-of-00001.parquet");
    }

    @Test
    void corpora_inPartsAsTheOthersOfTheHub_areReadToo() throws IOException {
        write("cais/wmdp-corpora/bio-forget-corpus/train-00000-of-00001.jsonl", row(LONG));
        write("Salesforce/wikitext/wikitext-2-raw-v1/test.jsonl", row(LONG));
        UnlearningCorpora corpora = inputs(folder).unlearningCorpora(TOKENIZER, 3, 10, 42);
        assertThat(corpora.forget().name()).isEqualTo("cais/wmdp-corpora/bio-forget-corpus train");
        assertThat(corpora.forget().sequences()).hasSize(3);
    }

    @Test
    void corpora_withoutTheColumn_nameFileRowAndColumn() throws IOException {
        writeCorpora("{\"body\": \"" + LONG + "\"}", row(LONG));
        assertThatThrownBy(() -> inputs(folder).unlearningCorpora(TOKENIZER, 3, 10, 42))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("bio-forget-corpus.jsonl:1: column text wants a text, but is missing");
    }

    @Test
    void corpora_tooShortForOneBlock_areRefused() throws IOException {
        writeCorpora(row(LONG), row(LONG));
        assertThatThrownBy(() -> inputs(folder).unlearningCorpora(TOKENIZER, 3, 1024, 42))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("cais/wmdp-corpora bio-forget-corpus has 1 documents")
                .hasMessageContaining("less than one sequence of 1024 tokens")
                .hasMessageContaining("eval.unlearning.corpora.context-tokens");
        writeCorpora(row(LONG), row("short"));
        assertThatThrownBy(() -> inputs(folder).unlearningCorpora(TOKENIZER, 3, 10, 42))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("wikitext-2-raw-v1 test has 0 documents of more than 50 characters");
    }

    @Test
    void questions_thatCannotBeAsked_areNamedByTheirRow() throws IOException {
        write(
                "cais/wmdp/wmdp-bio/test.jsonl",
                "{\"question\": \"a\", \"choices\": [\"1\", \"2\", \"3\", \"4\"], \"answer\": 3}",
                "{\"question\": \"b\", \"choices\": [\"1\", \"2\", \"3\"], \"answer\": 0}");
        assertThatThrownBy(() -> inputs(folder).questions("wmdp-bio", 42))
                .isInstanceOf(QuestionSetException.class)
                .hasMessageContaining("cais/wmdp/wmdp-bio test cannot be asked, row 1: 3 options, not 4");
        write(
                "cais/wmdp/wmdp-bio/test.jsonl",
                "{\"question\": \"a\", \"choices\": [\"1\", \"2\", \"3\", \"4\"], \"answer\": \"D\"}");
        assertThatThrownBy(() -> inputs(folder).questions("wmdp-bio", 42))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("test.jsonl:1: column answer wants a whole number, but is \"D\"");
    }
}
