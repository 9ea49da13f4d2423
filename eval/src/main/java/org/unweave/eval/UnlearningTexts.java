package org.unweave.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unweave.config.UnlearningConfig;
import org.unweave.model.Progress;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.math.Draws;

/** The questions and texts of unlearning, with what the unchanged model makes of them; the same for every SAE. */
final class UnlearningTexts {
    private final UnlearningConfig config;
    private final long seed;
    private final List<String> names;
    private final Map<String, AskedQuestions> asked = new HashMap<>();
    private final Map<String, CorpusRows> statements = new HashMap<>();
    private final Map<String, BitSet> firstHalf = new HashMap<>();
    private final CorpusRows heldOut;
    private final Asking asking;

    UnlearningTexts(
            UnlearningConfig config,
            long seed,
            EvalInputs inputs,
            ModelAccess model,
            double largestNorm,
            ActivationCache cache,
            Progress progress) {
        this.config = config;
        this.seed = seed;
        Set<String> all = new LinkedHashSet<>(config.forget());
        all.addAll(config.retain());
        this.names = List.copyOf(all);
        this.asking = switch (config.asking()) {
            case LIKELIHOOD -> new LikelihoodAsking(model.tokenizer());
            case LETTER -> new LetterAsking(model.tokenizer());
        };
        for (String name : names) {
            QuestionSet set = inputs.questions(name, seed);
            if (set.questions().size() < 2) {
                throw new EvaluationException("the questions " + set.name() + " are too few to be halved");
            }
            asked.put(name, AskedQuestions.of(set, asking, listed(set), model, cache, progress));
            statements.put(
                    name,
                    CorpusRows.of(
                            "the answered questions " + set.name(),
                            statements(set, model),
                            model,
                            largestNorm,
                            cache,
                            progress));
            firstHalf.put(name, half(set));
        }
        int sequences = Math.ceilDiv(config.retainTokens(), config.contextTokens() - 1);
        List<int[]> text = inputs.heldOut(sequences, config.contextTokens());
        if (text.isEmpty()) {
            throw new EvaluationException("the held-out documents of " + inputs.corpusName()
                    + " give no sequence; raise data.held-out-share or give more text");
        }
        this.heldOut = CorpusRows.of("held-out text", text, model, largestNorm, cache, progress);
    }

    private static List<int[]> statements(QuestionSet set, ModelAccess model) {
        List<int[]> sequences = new ArrayList<>();
        for (Question question : set.questions()) {
            sequences.add(QuestionText.withBos(model.tokenizer(), QuestionText.statement(question)));
        }
        return sequences;
    }

    private BitSet half(QuestionSet set) {
        int[] order = new Draws(seed, "halves", set.name())
                .permutation(set.questions().size());
        BitSet first = new BitSet();
        for (int i = 0; i < order.length / 2; i++) {
            first.set(order[i]);
        }
        return first;
    }

    /** SAEBench's list of the questions that the model answers, where a folder of such lists is given. */
    private @Nullable BitSet listed(QuestionSet set) {
        if (config.questionIds().isEmpty()) {
            return null;
        }
        if (set.name().startsWith("bundle/")) {
            throw new EvaluationException(
                    "eval.unlearning.question-ids are for the questions as the hub has them, not for " + set.name()
                            + "; give those as .jsonl files");
        }
        Path file = Path.of(config.questionIds(), set.name() + "_" + asking.metric() + ".csv");
        BitSet ids = new BitSet();
        try {
            for (String word : Files.readString(file).split("[\\s,]+")) {
                if (!word.isBlank()) {
                    ids.set(Integer.parseInt(word));
                }
            }
        } catch (IOException | NumberFormatException | IndexOutOfBoundsException e) {
            throw new EvaluationException(
                    "eval.unlearning.question-ids: " + file.toAbsolutePath() + " cannot be read: " + e, e);
        }
        if (ids.length() > set.questions().size()) {
            throw new EvaluationException(
                    "eval.unlearning.question-ids: " + file + " names the question " + (ids.length() - 1) + ", but "
                            + set.name() + " has " + set.questions().size());
        }
        return ids;
    }

    Asking asking() {
        return asking;
    }

    /** The names of all sets, those to be forgotten first. */
    List<String> names() {
        return names;
    }

    AskedQuestions asked(String name) {
        return required(asked, name);
    }

    /** Each question of a set with its right answer, a sequence each. */
    CorpusRows statements(String name) {
        return required(statements, name);
    }

    CorpusRows heldOut() {
        return heldOut;
    }

    boolean inFirstHalf(String name, int question) {
        return required(firstHalf, name).get(question);
    }

    private static <T> T required(Map<String, T> map, String name) {
        T found = map.get(name);
        if (found == null) {
            throw new IllegalStateException("no questions " + name + " among " + map.keySet());
        }
        return found;
    }

    /** The sets that are kept while one is forgotten; a set has more than one name, with and without its bundle's. */
    List<String> retained(String forget) {
        List<String> retained = config.retain().stream()
                .filter(name -> !asked(name).name().equals(asked(forget).name()))
                .toList();
        if (retained.isEmpty()) {
            throw new EvaluationException("eval.unlearning.retain has nothing but "
                    + asked(forget).name() + ", which is to be forgotten; add a set that is to be kept");
        }
        return retained;
    }

    /** What is asked: a draw of the retained questions that the model answers, then all such that are to be forgotten. */
    List<EditedAnswers.Item> items(String forget) {
        List<EditedAnswers.Item> kept = new ArrayList<>();
        retained(forget).forEach(name -> kept.addAll(items(name, true)));
        List<EditedAnswers.Item> items = new ArrayList<>();
        int[] order = new Draws(seed, "retained questions", forget).permutation(kept.size());
        for (int i = 0; i < Math.min(order.length, config.retainQuestions()); i++) {
            items.add(kept.get(order[i]));
        }
        List<EditedAnswers.Item> forgotten = items(forget, false);
        if (items.isEmpty() || forgotten.isEmpty()) {
            throw new EvaluationException("the model answers none of the questions "
                    + (items.isEmpty() ? "to be kept" : asked(forget).name())
                    + ", so there is nothing to measure; give questions that it answers, or ask in another way"
                    + " (eval.unlearning.asking)");
        }
        items.addAll(forgotten);
        return items;
    }

    private List<EditedAnswers.Item> items(String name, boolean retained) {
        AskedQuestions set = asked(name);
        List<EditedAnswers.Item> items = new ArrayList<>();
        for (int question = 0; question < set.size(); question++) {
            if (set.base(question)) {
                items.add(new EditedAnswers.Item(set, question, inFirstHalf(name, question) ? 0 : 1, retained));
            }
        }
        return items;
    }
}
