package org.unweave.model.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.DataConfig;
import org.unweave.config.LabelledConfig;
import org.unweave.config.ModelConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.LabelledTexts.Labels;
import org.unweave.model.Progress;
import org.unweave.model.file.Sha256;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Mat;

/**
 * The labelled texts of a run's batches: the same for all jobs, and a pure function of texts, seed and batch number. Safe for
 * concurrent use until it is closed.
 *
 * <p>A text is of one of four cells, by its main and its spurious label, and is either learned from by the probes of the
 * training or held out from them. Each batch has the same number of texts of each kind. A kind's texts are gone through in
 * a seeded order, each round in another, and the first token that is taken of a text is drawn too.
 *
 * <p>Only texts of {@link TwoAttributeSet.Split#train} are used. Their activations are harvested as a corpus's are.
 */
public final class LabelledStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LabelledStream.class);
    private static final int CELLS = 4;

    private final LabelledConfig config;
    private final long seed;
    private final ActivationStore store;
    // By cell and by whether it is held out: where a text's kept rows lie, one after the other.
    private final List<Kind> kinds = new ArrayList<>();

    /** Sequences of one kind with tokens enough. */
    private record Kind(Labels labels, StorePart part, List<Integer> sequences, int perBatch) {}

    private LabelledStream(LabelledConfig config, long seed, ActivationStore store) {
        this.config = config;
        this.seed = seed;
        this.store = store;
    }

    /** The texts of a run's stream by cell: what is learned from, then what is held out from the probes. */
    record Texts(List<List<String>> learned, List<List<String>> heldOut) {
        /** Divides the cells of a set, and mixes the labels up where the config says so. */
        static Texts of(TwoAttributeSet set, LabelledConfig config) {
            requireTwo(set);
            List<List<String>> learned = new ArrayList<>();
            List<List<String>> heldOut = new ArrayList<>();
            for (int cell = 0; cell < CELLS; cell++) {
                List<String> train = split(set, config, cell).train();
                int cut = (int) Math.round(train.size() * (1 - config.heldOutShare()));
                learned.add(train.subList(0, cut));
                heldOut.add(train.subList(cut, train.size()));
            }
            return config.shuffled()
                    ? new Texts(shuffled(learned, config.splitSeed()), shuffled(heldOut, config.splitSeed()))
                    : new Texts(learned, heldOut);
        }

        /** The development texts by cell, their labels mixed up as those of the others are. */
        static List<List<String>> development(TwoAttributeSet set, LabelledConfig config) {
            requireTwo(set);
            List<List<String>> cells = IntStream.range(0, CELLS)
                    .mapToObj(cell -> split(set, config, cell).dev())
                    .toList();
            return config.shuffled() ? shuffled(cells, config.splitSeed()) : cells;
        }

        private static void requireTwo(TwoAttributeSet set) {
            if (set.seconds().size() != 2) {
                throw new LabelledSetException(
                        "labelled.set: " + set.name() + " has " + set.seconds().size()
                                + " values of its second attribute, " + set.seconds() + "; two are needed");
            }
        }

        private static TwoAttributeSet.Split split(TwoAttributeSet set, LabelledConfig config, int cell) {
            String name = config.mains().get(cell / 2);
            int index = set.mains().indexOf(name);
            if (index < 0) {
                throw new LabelledSetException("labelled.mains: " + set.name() + " has no main value " + name
                        + "; it has " + String.join(", ", set.mains()));
            }
            return set.split(config.splitSeed(), index, cell % 2);
        }

        // The cells keep their sizes, and a text comes into any of them.
        private static List<List<String>> shuffled(List<List<String>> cells, long seed) {
            List<String> all = Shuffle.shuffled(
                    cells.stream().flatMap(List::stream).toList(), Mixer.mix(seed, Shuffle.key("shuffled labels")));
            List<List<String>> mixed = new ArrayList<>();
            int from = 0;
            for (List<String> cell : cells) {
                mixed.add(all.subList(from, from + cell.size()));
                from += cell.size();
            }
            return mixed;
        }

        /** All of them. */
        List<String> all() {
            List<String> all = new ArrayList<>();
            learned.forEach(all::addAll);
            heldOut.forEach(all::addAll);
            return all;
        }
    }

    /** The texts that a run trains on with their labels, so that nothing is scored on them. */
    public static List<String> texts(TwoAttributeSet set, LabelledConfig config) {
        return Texts.of(set, config).all();
    }

    /**
     * The texts to look at while a run trains: neither trained on nor scored on. By cell, those of the first main value
     * first; mixed up where the labels of the stream are, too.
     */
    public static List<List<String>> developmentTexts(TwoAttributeSet set, LabelledConfig config) {
        return Texts.development(set, config);
    }

    /**
     * Opens the stream, after harvesting what is missing of its activations. The caller closes it.
     *
     * @param others who may have these activations already
     */
    @SuppressWarnings("MustBeClosedChecker") // the store is closed with the stream
    public static LabelledStream open(
            LanguageModel model,
            TwoAttributeSet set,
            LabelledConfig config,
            ModelConfig modelConfig,
            DataConfig dataConfig,
            long seed,
            Path cache,
            ShardSource others,
            Progress progress) {
        Texts texts = Texts.of(set, config);
        List<Document> learned = documents("learned", texts.learned());
        List<Document> heldOut = documents("held-out", texts.heldOut());
        Stored storedLearned = Stored.of(learned, model.tokenizer(), modelConfig.contextTokens());
        Stored storedHeldOut = Stored.of(heldOut, model.tokenizer(), modelConfig.contextTokens());
        storedLearned.requireEnough(set.name(), config, false);
        storedHeldOut.requireEnough(set.name(), config, true);
        HarvestTexts harvested = new HarvestTexts(
                learned,
                heldOut,
                fingerprint(texts),
                config.splitSeed(),
                config.heldOutShare(),
                storedLearned.tokens(),
                storedHeldOut.tokens(),
                1);
        ActivationStore store = Harvest.run(model, harvested, modelConfig, dataConfig, cache, others, progress);
        try {
            LabelledStream stream = new LabelledStream(config, seed, store);
            int used = stream.find(storedLearned, store.train(), false)
                    + stream.find(storedHeldOut, store.heldOut(), true);
            LOG.info(
                    "labelled texts of {}: {} of {} used, the others have fewer than {} tokens",
                    set.name(),
                    used,
                    learned.size() + heldOut.size(),
                    config.tokens());
            // Once more, since of some tokens the rows are not kept.
            stream.kinds.forEach(kind -> requireEnough(
                    set.name(), config, kind.labels(), kind.sequences().size()));
            return stream;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    private static String fingerprint(Texts texts) {
        List<String> hashes = new ArrayList<>();
        List.of(texts.learned(), texts.heldOut())
                .forEach(cells -> cells.forEach(cell -> hashes.add(Sha256.of(
                        String.join("\n", cell.stream().map(Sha256::of).toList())))));
        return Sha256.of(String.join("\n", hashes));
    }

    // A document's id begins with its cell.
    private static List<Document> documents(String name, List<List<String>> cells) {
        List<Document> documents = new ArrayList<>();
        for (int cell = 0; cell < cells.size(); cell++) {
            for (String text : cells.get(cell)) {
                documents.add(new Document(cell + " labelled text " + name + " " + documents.size(), text));
            }
        }
        return documents;
    }

    /** What a store has of texts, each of which is one sequence or too short for one: cell and tokens of each. */
    private record Stored(List<Integer> cells, List<Integer> lengths) {
        static Stored of(List<Document> documents, Tokenizer tokenizer, int contextTokens) {
            List<Integer> cells = new ArrayList<>();
            List<Integer> lengths = new ArrayList<>();
            for (TokenSequence sequence : new Sequences(documents, tokenizer, contextTokens, 1)) {
                cells.add(sequence.document().charAt(0) - '0');
                lengths.add(sequence.rows());
            }
            return new Stored(cells, lengths);
        }

        long tokens() {
            return lengths.stream().mapToLong(length -> length).sum();
        }

        void requireEnough(String name, LabelledConfig config, boolean heldOut) {
            for (int cell = 0; cell < CELLS; cell++) {
                int wanted = cell;
                int count = (int) IntStream.range(0, cells.size())
                        .filter(text -> cells.get(text) == wanted && lengths.get(text) >= config.tokens())
                        .count();
                LabelledStream.requireEnough(name, config, labels(cell, heldOut), count);
            }
        }
    }

    private static Labels labels(int cell, boolean heldOut) {
        return new Labels(cell / 2, cell % 2, heldOut);
    }

    private static int perBatch(LabelledConfig config, boolean heldOut) {
        return heldOut ? config.heldOutPerCell() : config.textsPerCell() - config.heldOutPerCell();
    }

    // Which sequences of the store are of which cell; returns how many texts are long enough.
    private int find(Stored stored, StorePart part, boolean heldOut) {
        if (stored.cells().size() != part.sequences()) {
            throw new StoreException("the activations of the labelled texts are of " + part.sequences() + " texts, not "
                    + stored.cells().size() + "; delete " + store.folder() + " and harvest again");
        }
        List<List<Integer>> byCell = IntStream.range(0, CELLS)
                .<List<Integer>>mapToObj(cell -> new ArrayList<>())
                .toList();
        int used = 0;
        for (int sequence = 0; sequence < part.sequences(); sequence++) {
            if (kept(part, sequence).size() >= config.tokens()) {
                byCell.get(stored.cells().get(sequence)).add(sequence);
                used++;
            }
        }
        for (int cell = 0; cell < CELLS; cell++) {
            kinds.add(new Kind(labels(cell, heldOut), part, byCell.get(cell), perBatch(config, heldOut)));
        }
        return used;
    }

    private static List<Long> kept(StorePart part, int sequence) {
        long start = part.sequenceStart(sequence);
        List<Long> rows = new ArrayList<>();
        for (long row = start; row < start + part.sequenceLength(sequence); row++) {
            if (part.kept(row)) {
                rows.add(row);
            }
        }
        return rows;
    }

    private static void requireEnough(String name, LabelledConfig config, Labels labels, int count) {
        int wanted = perBatch(config, labels.heldOut());
        if (count < wanted) {
            throw new LabelledSetException("labelled set " + name + ": "
                    + config.mains().get(labels.main()) + " with spurious label " + labels.spurious() + " has " + count
                    + " texts of " + config.tokens() + " tokens "
                    + (labels.heldOut() ? "held out" : "to learn from") + ", and " + wanted
                    + " are wanted in a batch; set fewer texts-per-cell or tokens, or another held-out-share");
        }
    }

    /** Whether a batch has labelled texts: the last of every so many. */
    public boolean in(long batch) {
        return (batch + 1) % config.everySteps() == 0;
    }

    /** Rows that such a batch has more. */
    public int rows() {
        return config.rows();
    }

    /** What the rows of a batch are that are behind its first {@code firstRow}. */
    public LabelledTexts texts(long batch, int firstRow) {
        if (!in(batch)) {
            return LabelledTexts.NONE;
        }
        List<Labels> labels = new ArrayList<>();
        for (Kind kind : kinds) {
            for (int i = 0; i < kind.perBatch(); i++) {
                labels.add(kind.labels());
            }
        }
        return new LabelledTexts(firstRow, config.tokens(), labels);
    }

    /** Fills the rows from {@code firstRow} on with the texts of a batch, each value times {@code scale}. */
    void read(long batch, float scale, Mat outBD, int firstRow) {
        long turn = batch / config.everySteps();
        int row = firstRow;
        for (int number = 0; number < kinds.size(); number++) {
            Kind kind = kinds.get(number);
            // Only whole batches of a round, so that no text comes twice in one.
            long turns = kind.sequences().size() / kind.perBatch();
            long key = Mixer.mix(Mixer.mix(seed, Shuffle.key("labelled texts")), number);
            Permutation order = new Permutation(kind.sequences().size(), Mixer.mix(key, turn / turns));
            for (int i = 0; i < kind.perBatch(); i++) {
                long place = turn % turns * kind.perBatch() + i;
                int sequence = kind.sequences().get((int) order.apply(place));
                List<Long> kept = kept(kind.part(), sequence);
                long drawn = Mixer.mix(Mixer.mix(key, turn), i);
                int start = (int) (Mixer.unit(drawn) * (kept.size() - config.tokens() + 1));
                for (int token = 0; token < config.tokens(); token++) {
                    kind.part().read(kept.get(start + token), scale, outBD, row++);
                }
            }
        }
    }

    /** SHA-256 of what its store holds. */
    public String fingerprint() {
        return store.fingerprint();
    }

    @Override
    public void close() {
        store.close();
    }
}
