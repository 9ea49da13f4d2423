package org.unweave.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unweave.config.UnlearningConfig;
import org.unweave.model.Progress;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.math.Draws;

/** The questions and texts of unlearning, with what the unchanged model makes of them; the same for every SAE. */
final class UnlearningTexts {
    private final UnlearningConfig config;
    private final long seed;
    private final List<String> names;
    private final Map<String, AskedQuestions> asked = new HashMap<>();
    private final SelectionTexts selection;
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
        Map<String, QuestionSet> sets = new LinkedHashMap<>();
        config.forget().forEach(name -> sets.put(name, inputs.questions(name, seed)));
        config.retain().forEach(name -> sets.computeIfAbsent(name, other -> inputs.questions(other, seed)));
        this.names = List.copyOf(sets.keySet());
        this.asking = switch (config.asking()) {
            case LIKELIHOOD -> new LikelihoodAsking(model.tokenizer());
            case LETTER -> new LetterAsking(model.tokenizer());
        };
        Map<String, BitSet> lists = lists(sets);
        this.selection = switch (config.corpora().source()) {
            case QUESTIONS -> new HalvedQuestions(sets, config, seed, inputs, model, largestNorm, cache, progress);
            case SAEBENCH -> new WholeCorpora(config.corpora(), seed, inputs, model, cache, progress);
        };
        sets.forEach((name, set) ->
                asked.put(name, AskedQuestions.of(set, asking, lists.get(name), model, cache, progress)));
    }

    /** SAEBench's lists of the questions that the model answers, where a folder of such lists is given. */
    private Map<String, BitSet> lists(Map<String, QuestionSet> sets) {
        Map<String, BitSet> lists = new HashMap<>();
        if (!config.questionIds().isEmpty()) {
            sets.forEach((name, set) -> lists.put(name, list(set)));
        }
        return lists;
    }

    private BitSet list(QuestionSet set) {
        if (set.name().startsWith("bundle/")) {
            throw new EvaluationException(
                    "eval.unlearning.question-ids are for the questions as the hub has them, not for " + set.name()
                            + "; take the hub's own sets, or give .jsonl files");
        }
        Path file = Path.of(config.questionIds(), set.listName() + "_" + asking.metric() + ".csv");
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

    /** By which latents are chosen. */
    SelectionTexts selection() {
        return selection;
    }

    /** What a map has of a set. */
    static <T> T required(Map<String, T> map, String name) {
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
                items.add(new EditedAnswers.Item(set, question, selection.half(name, question), retained));
            }
        }
        return items;
    }
}
