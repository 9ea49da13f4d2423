package org.unweave.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.unweave.config.DataConfig;
import org.unweave.config.DataConfig.Precision;
import org.unweave.config.ModelConfig;
import org.unweave.model.Progress;
import org.unweave.model.file.Sha256;

/** A harvest of random words by {@link HashModel}: several shards, sequences of all lengths, some excluded rows. */
final class SmallHarvest {
    static final long SEED = 11;
    static final int LAYER = 2;
    static final ModelConfig MODEL = new ModelConfig("bundle", "blocks.2.hook_resid_post", 24, 4, 1, 10);

    private SmallHarvest() {}

    static DataConfig data(Precision precision) {
        return new DataConfig(List.of("words"), 3_000, 0.2, 500, precision, 301);
    }

    /** Of the folder's words, which are written at the first call, whole before a second thread may read them. */
    static synchronized Corpus corpus(Path folder) {
        Path file = folder.resolve("words.jsonl");
        return Corpus.ofFiles(List.of(Files.exists(file) ? file : words(file, 0.01)), SEED, 0.2);
    }

    /**
     * Writes 300 documents of 1 to 60 numbers as words.
     *
     * @param sinkShare the share of tokens whose rows have a huge norm
     */
    private static Path words(Path file, double sinkShare) {
        SplittableRandom random = new SplittableRandom(3);
        List<String> lines = new ArrayList<>();
        for (int document = 0; document < 300; document++) {
            StringBuilder text = new StringBuilder();
            int words = 1 + random.nextInt(60);
            for (int word = 0; word < words; word++) {
                boolean sink = random.nextDouble() < sinkShare;
                text.append(sink ? HashModel.SINK + random.nextInt(900) : 2 + random.nextInt(3_900))
                        .append(' ');
            }
            lines.add("{\"text\": \"" + text.toString().strip() + "\"}");
        }
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    static ActivationStore run(HashModel model, Path texts, Path cache, Precision precision) {
        return Harvest.run(model, corpus(texts), MODEL, data(precision), SEED, cache, Progress.NONE);
    }

    /** As another harvest's part of the same store. */
    static ActivationStore run(HashModel model, Path texts, Path cache, ShardSource others) {
        return Harvest.run(model, corpus(texts), MODEL, data(Precision.BF16), SEED, cache, others, Progress.NONE);
    }

    static Path folder(Path texts, Path cache, Precision precision) {
        return Harvest.folder(cache, Harvest.recipe(new HashModel(), corpus(texts), MODEL, data(precision)));
    }

    /** The sequences that are stored, as they should be: found without the plan that the harvest uses. */
    static List<int[]> sequences(Iterable<Document> documents, long tokens) {
        List<int[]> found = new ArrayList<>();
        long left = tokens;
        for (TokenSequence sequence : new Sequences(documents, new WordTokenizer(), MODEL.contextTokens())) {
            if (left == 0) {
                break;
            }
            int rows = (int) Math.min(left, sequence.rows());
            found.add(Arrays.copyOf(sequence.tokens(), rows + 1));
            left -= rows;
        }
        return found;
    }

    /** Every file of a store and its checksum. */
    static TreeMap<String, String> checksums(Path folder) {
        TreeMap<String, String> checksums = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                checksums.put(file.getFileName().toString(), Sha256.of(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return checksums;
    }
}
