package org.unweave.model.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.DataConfig;
import org.unweave.config.ModelConfig;
import org.unweave.model.Progress;
import org.unweave.model.file.FolderLock;
import org.unweave.model.file.Sha256;
import org.unweave.model.lm.LanguageModel;

/**
 * Runs a language model over a corpus and stores the activations of one layer.
 *
 * <p>A store's folder is named by everything that decides its content, so a finished store is reused, and a harvest
 * that was killed is taken up again after its last whole shard, with the same bytes as an uninterrupted one. One harvest
 * of a store at a time, among processes too: others wait, and then find the store finished.
 */
public final class Harvest {
    private static final Logger LOG = LoggerFactory.getLogger(Harvest.class);
    private static final String WHAT = "harvest activations";
    private static final String TRAIN = "train";
    private static final String HELD_OUT = "held-out";
    // The norms of a part are sorted in one array.
    private static final long MOST_TOKENS = Integer.MAX_VALUE - 8L;
    // Index, checksums and the shard that is being written.
    private static final double SPACE_FACTOR = 1.02;

    private final LanguageModel model;
    private final HarvestTexts texts;
    private final HarvestRecipe recipe;
    private final int layer;
    private final Path folder;
    private final ShardSource others;
    private final Progress progress;
    // By their files' names, the checksums of the shards that are there.
    private final Map<String, String> whole = new HashMap<>();
    private long done;

    private Harvest(
            LanguageModel model,
            HarvestTexts texts,
            HarvestRecipe recipe,
            int layer,
            Path folder,
            ShardSource others,
            Progress progress) {
        this.model = model;
        this.texts = texts;
        this.recipe = recipe;
        this.layer = layer;
        this.folder = folder;
        this.others = others;
        this.progress = progress;
    }

    /** Opens the store under {@code cache}, after harvesting what is missing of it. The caller closes it. */
    public static ActivationStore run(
            LanguageModel model,
            Corpus corpus,
            ModelConfig modelConfig,
            DataConfig dataConfig,
            long seed,
            Path cache,
            Progress progress) {
        return run(model, corpus, modelConfig, dataConfig, seed, cache, ShardSource.NONE, progress);
    }

    /**
     * As without {@code others}, harvesting only what they do not have: first the part that is this harvest's own, and
     * then what is still missing of theirs.
     */
    public static ActivationStore run(
            LanguageModel model,
            Corpus corpus,
            ModelConfig modelConfig,
            DataConfig dataConfig,
            long seed,
            Path cache,
            ShardSource others,
            Progress progress) {
        if (corpus.seed() != seed || corpus.heldOutShare() != dataConfig.heldOutShare()) {
            throw new IllegalArgumentException("the corpus was read with seed " + corpus.seed() + " and held-out share "
                    + corpus.heldOutShare() + ", not " + seed + " and " + dataConfig.heldOutShare());
        }
        return run(model, HarvestTexts.of(corpus, dataConfig), modelConfig, dataConfig, cache, others, progress);
    }

    /** The same, of any texts; of the data's config only how rows are stored is looked at. */
    static ActivationStore run(
            LanguageModel model,
            HarvestTexts texts,
            ModelConfig modelConfig,
            DataConfig dataConfig,
            Path cache,
            ShardSource others,
            Progress progress) {
        requirePossible(model, texts, modelConfig, dataConfig);
        HarvestRecipe recipe = recipe(model, texts, modelConfig, dataConfig);
        Path folder = folder(cache, recipe);
        try {
            Files.createDirectories(folder);
            try (FolderLock lock = FolderLock.acquire(folder.resolveSibling(recipe.key() + ".lock"))) {
                return new Harvest(model, texts, recipe, modelConfig.layer(), folder, others, progress).open();
            }
        } catch (IOException e) {
            throw new HarvestException(
                    "activation store " + folder + " cannot be written (" + e + "); make the cache folder writable", e);
        }
    }

    /** What decides a store's bytes. */
    public static HarvestRecipe recipe(
            LanguageModel model, Corpus corpus, ModelConfig modelConfig, DataConfig dataConfig) {
        return recipe(model, HarvestTexts.of(corpus, dataConfig), modelConfig, dataConfig);
    }

    private static HarvestRecipe recipe(
            LanguageModel model, HarvestTexts texts, ModelConfig modelConfig, DataConfig dataConfig) {
        return new HarvestRecipe(
                StoreIndex.FORMAT_VERSION,
                model.name(),
                model.fingerprint(),
                modelConfig.hook(),
                model.width(),
                model.tokenizer().fingerprint(),
                texts.fingerprint(),
                modelConfig.contextTokens(),
                modelConfig.batchSequences(),
                texts.seed(),
                texts.heldOutShare(),
                texts.tokens(),
                texts.heldOutTokens(),
                dataConfig.precision(),
                dataConfig.shardRows(),
                modelConfig.maxNormMultiple());
    }

    /** The folder of the store with this recipe, whether it exists or not. */
    public static Path folder(Path cache, HarvestRecipe recipe) {
        return cache.resolve("activations").resolve(recipe.key());
    }

    private static void requirePossible(
            LanguageModel model, HarvestTexts texts, ModelConfig modelConfig, DataConfig dataConfig) {
        if (modelConfig.layer() >= model.blocks()) {
            throw new HarvestException("hook " + modelConfig.hook() + ": model " + model.name() + " has "
                    + model.blocks() + " blocks, counted from 0; the last is " + (model.blocks() - 1));
        }
        if (Math.max(texts.tokens(), texts.heldOutTokens()) > MOST_TOKENS) {
            throw new HarvestException("tokens and held-out-tokens of one store may each be at most " + MOST_TOKENS);
        }
        if (dataConfig.shardRows() < modelConfig.contextTokens() - 1) {
            throw new HarvestException(
                    "shard-rows " + dataConfig.shardRows() + " cannot hold a sequence of context-tokens "
                            + modelConfig.contextTokens() + "; give at least " + (modelConfig.contextTokens() - 1));
        }
    }

    private ActivationStore open() throws IOException {
        if (Files.exists(folder.resolve(StoreIndex.FILE))) {
            StoreIndex index = StoreIndex.read(folder);
            if (missingShards(index).isEmpty()) {
                LOG.info("activation store {} is reused", folder);
                return ActivationStore.open(folder);
            }
        }
        write();
        return ActivationStore.open(folder);
    }

    private List<StoreIndex.Shard> missingShards(StoreIndex index) {
        List<StoreIndex.Shard> missing = new ArrayList<>(index.train().shards());
        missing.addAll(index.heldOut().shards());
        missing.removeIf(shard -> Files.exists(folder.resolve(shard.file())));
        return missing;
    }

    private void write() throws IOException {
        requireSpace();
        report(0);
        Part training = new Part(TRAIN, texts.training(), recipe.tokens());
        Part heldOut = new Part(HELD_OUT, texts.heldOut(), recipe.heldOutTokens());
        try (ShardWriter writer = new ShardWriter(model, recipe, layer)) {
            if (others != ShardSource.NONE) {
                ownShards(training, writer);
                ownShards(heldOut, writer);
            }
            index(draft(training, writer), draft(heldOut, writer)).write(folder);
        }
    }

    private void requireSpace() throws IOException {
        long wanted = (long) ((recipe.tokens() + recipe.heldOutTokens()) * (double) recipe.rowBytes() * SPACE_FACTOR);
        long there = 0;
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                there += Files.size(file);
            }
        }
        long usable = Files.getFileStore(folder).getUsableSpace();
        if (wanted - there > usable) {
            throw new HarvestException("activation store " + folder + ": no disk space: " + (wanted - there)
                    + " bytes are needed, " + usable + " are free; free some, or set fewer tokens");
        }
    }

    private record Part(String name, Iterable<Document> documents, long tokens) {
        String shardFile(int number) {
            return "%s-%05d.rows".formatted(name, number);
        }
    }

    private ShardPlan plan(Part part) {
        Sequences sequences =
                new Sequences(part.documents(), model.tokenizer(), recipe.contextTokens(), texts.windowsPerDocument());
        return new ShardPlan(sequences.iterator(), part.tokens(), recipe.shardRows());
    }

    private void ownShards(Part part, ShardWriter writer) {
        ShardPlan plan = plan(part);
        for (int number = 0; plan.hasNext(); number++) {
            List<TokenSequence> members = plan.next();
            if (others.isOwn(number)) {
                shard(part.shardFile(number), members, rows(members), writer);
            }
        }
    }

    /** The sequences and shards of a part, before its norms are known. */
    private record Draft(List<Integer> sequenceLengths, List<StoreIndex.Shard> shards) {}

    private Draft draft(Part part, ShardWriter writer) {
        ShardPlan plan = plan(part);
        List<Integer> lengths = new ArrayList<>();
        List<StoreIndex.Shard> shards = new ArrayList<>();
        long rows = 0;
        while (plan.hasNext()) {
            List<TokenSequence> members = plan.next();
            members.forEach(sequence -> lengths.add(sequence.rows()));
            long shardRows = rows(members);
            String file = part.shardFile(shards.size());
            shards.add(new StoreIndex.Shard(file, shardRows, shard(file, members, shardRows, writer)));
            rows += shardRows;
        }
        if (rows == 0) {
            throw new HarvestException("the corpus yields no sequence of " + Sequences.LEAST_TOKENS
                    + " tokens for part \"" + part.name() + "\"; give more or longer documents");
        }
        if (rows < part.tokens()) {
            LOG.warn(
                    "the corpus has {} tokens for part \"{}\", fewer than the {} asked for",
                    rows,
                    part.name(),
                    part.tokens());
        }
        return new Draft(lengths, shards);
    }

    private static long rows(List<TokenSequence> members) {
        return members.stream().mapToLong(TokenSequence::rows).sum();
    }

    /** Sees to a shard, unless it is there, by an earlier harvest or another's; returns its checksum. */
    private String shard(String name, List<TokenSequence> members, long rows, ShardWriter writer) {
        return whole.computeIfAbsent(name, file -> {
            String there = thereOrFetched(folder.resolve(file), rows * recipe.rowBytes());
            if (there != null) {
                report(rows);
                return there;
            }
            return writer.write(folder.resolve(file), members, this::report);
        });
    }

    private @Nullable String thereOrFetched(Path file, long bytes) {
        String there = wholeShard(file, bytes);
        return there == null && others.fetch(recipe.key(), file, ShardWriter.checksumFile(file), bytes)
                ? wholeShard(file, bytes)
                : there;
    }

    private @Nullable String wholeShard(Path file, long bytes) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) != bytes) {
                return null;
            }
            Path checksum = ShardWriter.checksumFile(file);
            String actual = Sha256.of(file);
            if (Files.isRegularFile(checksum) && Files.readString(checksum).equals(actual)) {
                return actual;
            }
            LOG.warn("activation shard {} has the wrong checksum and is harvested again", file);
            return null;
        } catch (IOException e) {
            throw new HarvestException("activation shard " + file + " cannot be read (" + e + "); delete it", e);
        }
    }

    private StoreIndex index(Draft train, Draft heldOut) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            NormStatistics trainNorms = NormStatistics.of(map(train, arena), recipe);
            double bar = trainNorms.median() * recipe.maxNormMultiple();
            StoreIndex.Part trainPart = trainNorms.part(train.sequenceLengths(), train.shards(), bar);
            if (trainPart.meanSquaredNorm() == 0) {
                throw new HarvestException(
                        "model " + recipe.modelName() + " gives activations of zero at " + recipe.hook());
            }
            StoreIndex.Part heldOutPart = NormStatistics.of(map(heldOut, arena), recipe)
                    .part(heldOut.sequenceLengths(), heldOut.shards(), bar);
            return new StoreIndex(recipe, trainPart, heldOutPart);
        }
    }

    private List<MemorySegment> map(Draft draft, Arena arena) throws IOException {
        List<MemorySegment> segments = new ArrayList<>();
        for (StoreIndex.Shard shard : draft.shards()) {
            try (FileChannel channel = FileChannel.open(folder.resolve(shard.file()), StandardOpenOption.READ)) {
                segments.add(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
            }
        }
        return segments;
    }

    private void report(long rows) {
        done += rows;
        progress.report(WHAT, done, recipe.tokens() + recipe.heldOutTokens(), "tokens");
    }
}
