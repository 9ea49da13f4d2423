package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unweave.config.DataConfig;
import org.unweave.config.DataConfig.Precision;
import org.unweave.config.ModelConfig;
import org.unweave.model.Progress;
import org.unweave.model.math.Mat;

/**
 * A harvest stores the right row of every position after BOS, in order, and gives the same bytes whether or not it was
 * interrupted, however often. What cannot be harvested is named, and whole shards are kept.
 */
class HarvestTest {
    @TempDir
    private Path temporary;

    @ParameterizedTest
    @EnumSource(Precision.class)
    void run_everyRow_isTheModelsAtThatPosition(Precision precision) {
        try (ActivationStore store = SmallHarvest.run(new HashModel(), temporary, cache(), precision)) {
            Corpus corpus = SmallHarvest.corpus(temporary);
            requireRows(store.train(), SmallHarvest.sequences(corpus.training(), 3_000), precision);
            requireRows(store.heldOut(), SmallHarvest.sequences(corpus.heldOut(), 500), precision);
            assertThat(store.train().rows()).isEqualTo(3_000);
            assertThat(store.heldOut().rows()).isEqualTo(500);
        }
    }

    private static void requireRows(StorePart part, List<int[]> sequences, Precision precision) {
        assertThat(part.sequences()).isEqualTo(sequences.size());
        try (Mat row = Mat.zeros(1, HashModel.WIDTH)) {
            for (int n = 0; n < sequences.size(); n++) {
                int[] tokens = sequences.get(n);
                assertThat(part.sequenceLength(n)).isEqualTo(tokens.length - 1);
                for (int t = 1; t < tokens.length; t++) {
                    long at = part.sequenceStart(n) + t - 1;
                    part.read(at, 1, row, 0);
                    float[] expected = HashModel.residual(tokens, t, SmallHarvest.LAYER);
                    if (precision == Precision.BF16) {
                        for (int d = 0; d < expected.length; d++) {
                            expected[d] = ActivationRows.fromBf16(ActivationRows.toBf16(expected[d]));
                        }
                    }
                    assertThat(row.copyRow(0)).containsExactly(expected);
                    assertThat(part.kept(at)).isEqualTo(tokens[t] < HashModel.SINK);
                }
            }
        }
    }

    @Test
    void run_finishedStore_isReusedWithoutTheModel() {
        SmallHarvest.run(new HashModel(), temporary, cache(), Precision.BF16).close();
        HashModel model = new HashModel();

        try (ActivationStore store = SmallHarvest.run(model, temporary, cache(), Precision.BF16)) {
            assertThat(model.runs()).isZero();
            assertThat(store.train().rows()).isEqualTo(3_000);
        }
    }

    @Test
    void run_withOthers_seesToItsOwnPartFirst_andHarvestsWhatTheyLackOrHaveDamaged() throws IOException {
        HashModel alone = new HashModel();
        SmallHarvest.run(alone, temporary, cache(), Precision.BF16).close();
        var expected = SmallHarvest.checksums(folder());
        Path theirs = temporary.resolve("theirs");
        SmallHarvest.run(new HashModel(), temporary, theirs, Precision.BF16).close();
        Path theirFolder = SmallHarvest.folder(temporary, theirs, Precision.BF16);
        Files.delete(theirFolder.resolve("train-00001.rows"));
        byte[] damaged = Files.readAllBytes(theirFolder.resolve("train-00002.rows"));
        damaged[7] ^= 1;
        Files.write(theirFolder.resolve("train-00002.rows"), damaged);
        List<String> asked = new ArrayList<>();
        HashModel model = new HashModel();

        SmallHarvest.run(model, temporary, temporary.resolve("pulled"), new ShardSource() {
                    @Override
                    public boolean isOwn(int number) {
                        return number % 2 == 1;
                    }

                    @Override
                    public boolean fetch(String store, Path shard, Path checksum, long sizeBytes) {
                        asked.add(shard.getFileName().toString());
                        try {
                            Path found =
                                    theirs.resolve("activations").resolve(store).resolve(shard.getFileName());
                            if (!Files.exists(found)) {
                                return false;
                            }
                            assertThat(found).hasSize(sizeBytes);
                            Files.copy(ShardWriter.checksumFile(found), checksum);
                            Files.copy(found, shard);
                            return true;
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                })
                .close();

        assertThat(SmallHarvest.checksums(SmallHarvest.folder(temporary, temporary.resolve("pulled"), Precision.BF16)))
                .isEqualTo(expected);
        assertThat(asked.getFirst()).isEqualTo("train-00001.rows");
        assertThat(asked).doesNotHaveDuplicates().hasSizeGreaterThan(4);
        assertThat(model.runs()).isPositive().isLessThan(alone.runs());
    }

    @Test
    void run_failedAtRandomPasses_endsWithTheSameBytes() {
        SmallHarvest.run(new HashModel(), temporary, cache(), Precision.BF16).close();
        var expected = SmallHarvest.checksums(folder());
        SplittableRandom random = new SplittableRandom(9);
        for (int trial = 0; trial < 4; trial++) {
            Path cache = temporary.resolve("cache-" + trial);
            int failures = 0;
            int wholeRuns = 0;
            while (true) {
                int failAt = 1 + random.nextInt(12);
                HashModel model = new HashModel(run -> {
                    if (run == failAt) {
                        throw new IllegalStateException("power cut");
                    }
                });
                try (ActivationStore store = SmallHarvest.run(model, temporary, cache, Precision.BF16)) {
                    wholeRuns++;
                    assertThat(store.train().rows()).isEqualTo(3_000);
                    break;
                } catch (IllegalStateException e) {
                    failures++;
                }
            }
            assertThat(failures).isPositive();
            assertThat(wholeRuns).isOne();
            assertThat(SmallHarvest.checksums(SmallHarvest.folder(temporary, cache, Precision.BF16)))
                    .isEqualTo(expected);
        }
    }

    @Test
    void run_processKilled_isTakenUpWithTheSameBytes() throws Exception {
        SmallHarvest.run(new HashModel(), temporary, cache(), Precision.BF16).close();
        var expected = SmallHarvest.checksums(folder());
        Path cache = temporary.resolve("killed");
        Path killedFolder = SmallHarvest.folder(temporary, cache, Precision.BF16);
        Files.createDirectories(killedFolder);
        Path lastShard = killedFolder.resolve("train-00002.rows");

        Process process = harvestInAnotherProcess(cache);
        awaitFile(lastShard, process);
        process.destroyForcibly().waitFor();

        assertThat(killedFolder.resolve(StoreIndex.FILE)).doesNotExist();
        HashModel model = new HashModel();
        SmallHarvest.run(model, temporary, cache, Precision.BF16).close();
        HashModel whole = new HashModel();
        SmallHarvest.run(whole, temporary, temporary.resolve("whole"), Precision.BF16)
                .close();
        assertThat(model.runs()).isLessThan(whole.runs());
        assertThat(SmallHarvest.checksums(killedFolder)).isEqualTo(expected);
    }

    private Process harvestInAnotherProcess(Path cache) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                StuckHarvest.class.getName(),
                temporary.toString(),
                cache.toString()));
        return new ProcessBuilder(command).inheritIO().start();
    }

    private static void awaitFile(Path file, Process process) throws Exception {
        try (WatchService watch = FileSystems.getDefault().newWatchService()) {
            file.getParent().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            while (!Files.exists(file)) {
                assertThat(process.isAlive()).isTrue();
                WatchKey key = watch.poll(60, TimeUnit.SECONDS);
                assertThat(key).isNotNull();
                key.pollEvents();
                key.reset();
            }
        }
    }

    /** A process whose harvest stands still after its third shard, until it is killed. */
    static final class StuckHarvest {
        private StuckHarvest() {}

        public static void main(String[] arguments) {
            Path texts = Path.of(arguments[0]);
            Path cache = Path.of(arguments[1]);
            Path third = SmallHarvest.folder(texts, cache, Precision.BF16).resolve("train-00002.rows");
            HashModel model = new HashModel(run -> {
                if (Files.exists(third)) {
                    LockSupport.parkNanos(TimeUnit.MINUTES.toNanos(2));
                }
            });
            SmallHarvest.run(model, texts, cache, Precision.BF16).close();
        }
    }

    @Test
    void run_twoAtOnce_harvestOnce() throws Exception {
        HashModel first = new HashModel();
        HashModel second = new HashModel();
        List<Callable<Long>> harvests = List.of(rows(first), rows(second));
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            for (Future<Long> rows : executor.invokeAll(harvests)) {
                assertThat(rows.get()).isEqualTo(3_000);
            }
        }
        HashModel alone = new HashModel();
        SmallHarvest.run(alone, temporary, temporary.resolve("alone"), Precision.BF16)
                .close();
        assertThat(first.runs() + second.runs()).isEqualTo(alone.runs());
    }

    private Callable<Long> rows(HashModel model) {
        return () -> {
            try (ActivationStore store = SmallHarvest.run(model, temporary, cache(), Precision.BF16)) {
                return store.train().rows();
            }
        };
    }

    @Test
    void run_progress_countsKeptShardsAndEndsAtTheTotal() {
        List<Long> reports = new ArrayList<>();
        Progress progress = (what, done, total, unit) -> {
            assertThat(total).isEqualTo(3_500);
            reports.add(done);
        };
        Harvest.run(
                        new HashModel(),
                        SmallHarvest.corpus(temporary),
                        SmallHarvest.MODEL,
                        SmallHarvest.data(Precision.BF16),
                        SmallHarvest.SEED,
                        cache(),
                        progress)
                .close();

        assertThat(reports).isSorted().endsWith(3_500L);
    }

    @Test
    void run_notANumber_namesTheSequenceAndKeepsNothingOfTheShard() throws IOException {
        Path file = temporary.resolve("bad.jsonl");
        List<String> lines = new ArrayList<>();
        for (int document = 0; document < 200; document++) {
            String last = document == 77 ? " " + HashModel.NOT_A_NUMBER : "";
            lines.add(
                    "{\"text\": \"" + ("5 6 7 8 9 " + document + " ").repeat(3).strip() + last + "\"}");
        }
        Files.write(file, lines);
        Corpus corpus = Corpus.ofFiles(List.of(file), SmallHarvest.SEED, 0.2);

        assertThatThrownBy(() -> Harvest.run(
                        new HashModel(),
                        corpus,
                        SmallHarvest.MODEL,
                        SmallHarvest.data(Precision.BF16),
                        SmallHarvest.SEED,
                        cache(),
                        Progress.NONE))
                .isInstanceOf(HarvestException.class)
                .hasMessageContainingAll("not finite", "blocks.2.hook_resid_post", "bad.jsonl:78", "position 19");
        Path folder = Harvest.folder(
                cache(),
                Harvest.recipe(new HashModel(), corpus, SmallHarvest.MODEL, SmallHarvest.data(Precision.BF16)));
        assertThat(folder.resolve(StoreIndex.FILE)).doesNotExist();
    }

    @Test
    void run_layerThatTheModelLacks_namesTheHook() {
        ModelConfig model = new ModelConfig("bundle", "blocks.4.hook_resid_post", 24, 4, 1, 10);

        assertThatThrownBy(() -> run(model, SmallHarvest.data(Precision.BF16)))
                .isInstanceOf(HarvestException.class)
                .hasMessageContainingAll("blocks.4.hook_resid_post", "4 blocks", "the last is 3");
    }

    @Test
    void run_shardSmallerThanASequence_namesTheKey() {
        DataConfig data = new DataConfig(List.of("words"), 3_000, 0.2, 500, Precision.BF16, 22);

        assertThatThrownBy(() -> run(SmallHarvest.MODEL, data))
                .isInstanceOf(HarvestException.class)
                .hasMessageContainingAll("shard-rows 22", "at least 23");
    }

    @Test
    void run_moreThanTheDiskHolds_saysHowMuch() {
        DataConfig data = new DataConfig(List.of("words"), 2_000_000_000, 0.2, 2_000_000_000, Precision.FP32, 301);

        assertThatThrownBy(() -> Harvest.run(
                        HashModel.claiming(1 << 24),
                        SmallHarvest.corpus(temporary),
                        SmallHarvest.MODEL,
                        data,
                        SmallHarvest.SEED,
                        cache(),
                        Progress.NONE))
                .isInstanceOf(HarvestException.class)
                .hasMessageContainingAll("no disk space", "are needed", "are free");
    }

    @Test
    void run_cacheIsAFile_namesTheFolder() throws IOException {
        Files.writeString(cache(), "not a folder");

        assertThatThrownBy(() -> run(SmallHarvest.MODEL, SmallHarvest.data(Precision.BF16)))
                .isInstanceOf(HarvestException.class)
                .hasMessageContainingAll(cache().toString(), "cannot be written");
    }

    @Test
    void run_corpusSmallerThanAsked_storesWhatThereIs() {
        DataConfig data = new DataConfig(List.of("words"), 1_000_000, 0.2, 500, Precision.BF16, 301);

        try (ActivationStore store = run(SmallHarvest.MODEL, data)) {
            long available = SmallHarvest.sequences(
                            SmallHarvest.corpus(temporary).training(), Long.MAX_VALUE)
                    .stream()
                    .mapToLong(sequence -> sequence.length - 1)
                    .sum();
            assertThat(store.train().rows()).isEqualTo(available);
        }
    }

    @Test
    void run_documentsTooShort_saysSo() throws IOException {
        Path file = temporary.resolve("short.jsonl");
        List<String> lines = new ArrayList<>();
        for (int document = 0; document < 50; document++) {
            lines.add("{\"text\": \"only a few words " + document + "\"}");
        }
        Files.write(file, lines);

        assertThatThrownBy(() -> Harvest.run(
                        new HashModel(),
                        Corpus.ofFiles(List.of(file), SmallHarvest.SEED, 0.2),
                        SmallHarvest.MODEL,
                        SmallHarvest.data(Precision.BF16),
                        SmallHarvest.SEED,
                        cache(),
                        Progress.NONE))
                .isInstanceOf(HarvestException.class)
                .hasMessageContainingAll("16 tokens", "train");
    }

    @Test
    void run_corpusOfAnotherSeed_isRefused() {
        assertThatThrownBy(() -> Harvest.run(
                        new HashModel(),
                        SmallHarvest.corpus(temporary),
                        SmallHarvest.MODEL,
                        SmallHarvest.data(Precision.BF16),
                        SmallHarvest.SEED + 1,
                        cache(),
                        Progress.NONE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void key_anythingThatDecidesTheContent_changesIt() {
        Corpus corpus = SmallHarvest.corpus(temporary);
        DataConfig data = SmallHarvest.data(Precision.BF16);
        List<HarvestRecipe> recipes = List.of(
                recipe(corpus, SmallHarvest.MODEL, data),
                recipe(corpus, SmallHarvest.MODEL, SmallHarvest.data(Precision.FP32)),
                recipe(corpus, new ModelConfig("bundle", "blocks.1.hook_resid_post", 24, 4, 1, 10), data),
                recipe(corpus, new ModelConfig("bundle", "blocks.2.hook_resid_post", 25, 4, 1, 10), data),
                recipe(corpus, new ModelConfig("bundle", "blocks.2.hook_resid_post", 24, 5, 1, 10), data),
                recipe(corpus, new ModelConfig("bundle", "blocks.2.hook_resid_post", 24, 4, 1, 11), data),
                recipe(corpus, SmallHarvest.MODEL, new DataConfig(List.of("w"), 3_001, 0.2, 500, Precision.BF16, 301)),
                recipe(corpus, SmallHarvest.MODEL, new DataConfig(List.of("w"), 3_000, 0.2, 501, Precision.BF16, 301)),
                recipe(corpus, SmallHarvest.MODEL, new DataConfig(List.of("w"), 3_000, 0.2, 500, Precision.BF16, 302)),
                recipe(Corpus.ofFiles(List.of(temporary), 12, 0.2), SmallHarvest.MODEL, data),
                recipe(Corpus.ofFiles(List.of(temporary), 11, 0.3), SmallHarvest.MODEL, data));
        Set<String> keys = new HashSet<>();
        recipes.forEach(recipe -> keys.add(recipe.key()));

        assertThat(keys).hasSize(recipes.size());
        assertThat(recipe(corpus, new ModelConfig("x.gguf", "blocks.2.hook_resid_post", 24, 4, 7, 10), data)
                        .key())
                .isEqualTo(recipes.getFirst().key());
    }

    private static HarvestRecipe recipe(Corpus corpus, ModelConfig model, DataConfig data) {
        return Harvest.recipe(new HashModel(), corpus, model, data);
    }

    private ActivationStore run(ModelConfig model, DataConfig data) {
        return Harvest.run(
                new HashModel(),
                SmallHarvest.corpus(temporary),
                model,
                data,
                SmallHarvest.SEED,
                cache(),
                Progress.NONE);
    }

    private Path cache() {
        return temporary.resolve("cache");
    }

    private Path folder() {
        return SmallHarvest.folder(temporary, cache(), Precision.BF16);
    }
}
