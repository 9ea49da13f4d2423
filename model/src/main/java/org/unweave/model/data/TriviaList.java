package org.unweave.model.data;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.unweave.model.math.Draws;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Questions with free answers, in YAML: a question is a key, and its value lists what counts as right, the proper form
 * first. The wrong options of a question are answers to others of the same list.
 *
 * <p>Keys in capitals are about the list. Scalars are taken as they are written, since to YAML the symbol of nobelium is
 * the word for false.
 */
final class TriviaList {
    // Wrong options are drawn from so many whose length is nearest to the right one's.
    private static final int NEAREST = 24;

    private final String name;
    private final Map<String, List<String>> answers;

    private TriviaList(String name, Map<String, List<String>> answers) {
        this.name = name;
        this.answers = answers;
    }

    static TriviaList read(String name, InputStream in) {
        Map<String, List<String>> answers = new LinkedHashMap<>();
        try {
            Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
            if (!(new Yaml(new LoaderOptions()).compose(reader) instanceof MappingNode list)) {
                throw new QuestionSetException("the questions " + name + " are no YAML mapping");
            }
            for (NodeTuple entry : list.getValue()) {
                String question = scalar(name, entry.getKeyNode());
                if (!question.matches("[A-Z_]+")) {
                    answers.putIfAbsent(question, scalars(name, question, entry.getValueNode()));
                }
            }
        } catch (YAMLException e) {
            throw new QuestionSetException("the questions " + name + " cannot be read: " + e.getMessage(), e);
        }
        return new TriviaList(name, answers);
    }

    private static String scalar(String name, Node node) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue().strip();
        }
        throw new QuestionSetException("the questions " + name + " have no text where one is wanted, at"
                + node.getStartMark().toString().replaceAll("\\s+", " "));
    }

    private static List<String> scalars(String name, String question, Node node) {
        List<String> texts = node instanceof SequenceNode several
                ? several.getValue().stream().map(one -> scalar(name, one)).toList()
                : List.of(scalar(name, node));
        if (texts.isEmpty()) {
            throw new QuestionSetException("the questions " + name + " have no answer to \"" + question + "\"");
        }
        return texts;
    }

    /** Each question with three wrong options, all drawn by the seed. */
    List<Question> questions(long seed) {
        List<String> proper = List.copyOf(answers.values().stream()
                .map(List::getFirst)
                .collect(Collectors.toMap(
                        TriviaList::plain, answer -> answer, (first, second) -> first, LinkedHashMap::new))
                .values());
        List<Question> questions = new ArrayList<>();
        answers.forEach((question, right) -> questions.add(question(question, right, proper, seed)));
        return questions;
    }

    private Question question(String text, List<String> right, List<String> proper, long seed) {
        String answer = right.getFirst();
        Set<String> same = right.stream().map(TriviaList::plain).collect(Collectors.toCollection(LinkedHashSet::new));
        List<String> others =
                proper.stream().filter(other -> !same.contains(plain(other))).toList();
        int wrong = Question.OPTIONS - 1;
        if (others.size() < wrong) {
            throw new QuestionSetException("the questions " + name + " have " + others.size()
                    + " answers beside that to \"" + text + "\", and " + wrong + " are needed as wrong options");
        }
        List<String> alike = others.stream()
                .filter(other -> Kind.of(other) == Kind.of(answer))
                .sorted(Comparator.comparingInt(other -> Math.abs(other.length() - answer.length())))
                .limit(NEAREST)
                .toList();
        List<String> pool = alike.size() < wrong ? others : alike;
        Draws draws = new Draws(seed, "options", name, text);
        int[] order = draws.permutation(pool.size());
        List<String> options = new ArrayList<>();
        for (int i = 0; i < wrong; i++) {
            options.add(pool.get(order[i]));
        }
        int place = draws.below(Question.OPTIONS);
        options.add(place, answer);
        return new Question(text, options, place);
    }

    private static String plain(String answer) {
        return answer.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "");
    }

    private enum Kind {
        NUMBER,
        WORD,
        WORDS;

        static Kind of(String answer) {
            if (answer.matches("[^\\p{L}]*\\p{N}[^\\p{L}]*")) {
                return NUMBER;
            }
            return answer.contains(" ") ? WORDS : WORD;
        }
    }
}
