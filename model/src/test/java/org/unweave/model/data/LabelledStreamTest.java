package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.DataConfig.Precision;
import org.unweave.config.LabelledConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.LabelledTexts.Labels;
import org.unweave.model.Progress;
import org.unweave.model.math.Mat;

/**
 * The labelled texts of a batch are a pure function of texts, seed and number: so many of each cell, none twice, none that is
 * kept for evaluations, and rows that are their own tokens'. What is held out from the probes stays so.
 */
class LabelledStreamTest {
    private static final List<String> MAINS = List.of("a", "b", "c");
    private static final List<String> SECONDS = List.of("s", "t");
    private static final int PER_CELL = 40;
    private static final LabelledConfig CONFIG = config(4, 1, 0.25, false);
    // A text's words begin with its number, which no other text has.
    private static final int FIRST_NUMBER = 1_000;

    @TempDir
    private static Path cache;

    private LabelledStream stream;

    private static LabelledConfig config(int perCell, int heldOut, double share, boolean shuffled) {
        return new LabelledConfig("x", List.of("a", "b"), 3, perCell, heldOut, share, 5, shuffled, 9);
    }

    /** Texts of 16 to 40 words, some of huge norm; in each cell of 40 there are four too short for a sequence. */
    private static TwoAttributeSet set(List<String> seconds, int perCell) {
        SplittableRandom random = new SplittableRandom(3);
        List<String> cells = TwoAttributeSet.cellNames(MAINS, seconds);
        List<LabelledText> texts = new ArrayList<>();
        for (int cell = 0; cell < cells.size(); cell++) {
            for (int n = 0; n < perCell; n++) {
                StringBuilder text = new StringBuilder(String.valueOf(FIRST_NUMBER + texts.size()));
                int words = n % 10 == 9 ? 9 : 15 + random.nextInt(25);
                for (int word = 0; word < words; word++) {
                    boolean sink = random.nextInt(12) == 0;
                    text.append(' ').append(sink ? HashModel.SINK + random.nextInt(900) : 2 + random.nextInt(900));
                }
                texts.add(new LabelledText(text.toString(), cell));
            }
        }
        return new TwoAttributeSet("files/x", MAINS, seconds, new LabelledSet("files/x", cells, texts));
    }

    private static final TwoAttributeSet SET = set(SECONDS, PER_CELL);

    private LabelledStream open(TwoAttributeSet set, LabelledConfig config, long seed) {
        return LabelledStream.open(
                new HashModel(),
                set,
                config,
                SmallHarvest.MODEL,
                SmallHarvest.data(Precision.FP32),
                seed,
                cache,
                ShardSource.NONE,
                Progress.NONE);
    }

    @BeforeEach
    void open() {
        stream = open(SET, CONFIG, 5);
    }

    @AfterEach
    void close() {
        stream.close();
    }

    private static float[] read(LabelledStream stream, long batch) {
        try (Mat out = Mat.zeros(stream.rows(), HashModel.WIDTH)) {
            stream.read(batch, 1, out, 0);
            return out.toArray();
        }
    }

    /** Where a row comes from: the text, and which of its rows that are kept. */
    private record Place(String text, int kept) {}

    private static Map<List<Float>, Place> places() {
        Map<List<Float>, Place> places = new HashMap<>();
        for (LabelledText text : SET.cells().texts()) {
            int[] words = Arrays.stream(text.text().split(" "))
                    .limit(SmallHarvest.MODEL.contextTokens() - 1L)
                    .mapToInt(Integer::parseInt)
                    .toArray();
            int[] tokens = new int[words.length + 1];
            System.arraycopy(words, 0, tokens, 1, words.length);
            int kept = 0;
            for (int t = 1; t < tokens.length; t++) {
                if (tokens[t] < HashModel.SINK) {
                    places.put(
                            boxed(HashModel.residual(tokens, t, SmallHarvest.LAYER)), new Place(text.text(), kept++));
                }
            }
        }
        return places;
    }

    private static final Map<List<Float>, Place> PLACES = places();

    private static List<Float> boxed(float[] values) {
        List<Float> boxed = new ArrayList<>();
        for (float value : values) {
            boxed.add(value);
        }
        return boxed;
    }

    /** The first place of each text of a batch, after a look at all its rows. */
    private static List<Place> placesOf(LabelledStream stream, long batch) {
        LabelledTexts texts = stream.texts(batch, 0);
        float[] rows = read(stream, batch);
        List<Place> firsts = new ArrayList<>();
        for (int text = 0; text < texts.count(); text++) {
            Place first = place(rows, texts.row(text));
            for (int token = 0; token < texts.rowsPerText(); token++) {
                assertThat(place(rows, texts.row(text) + token))
                        .isEqualTo(new Place(first.text(), first.kept() + token));
            }
            firsts.add(first);
        }
        return firsts;
    }

    private static Place place(float[] rows, int row) {
        float[] values = Arrays.copyOfRange(rows, row * HashModel.WIDTH, (row + 1) * HashModel.WIDTH);
        return Objects.requireNonNull(PLACES.get(boxed(values)), "a row of no text's kept tokens");
    }

    private static List<String> textsOf(LabelledStream stream, long batch) {
        return placesOf(stream, batch).stream().map(Place::text).toList();
    }

    private static int cell(String text) {
        return SET.cells().texts().stream()
                .filter(one -> one.text().equals(text))
                .findFirst()
                .orElseThrow()
                .label();
    }

    @Test
    void in_everyThirdBatch_isTheLastOfThree() {
        for (long batch : new long[] {0, 1, 3, 4, 6}) {
            assertThat(stream.in(batch)).isFalse();
            assertThat(stream.texts(batch, 7)).isEqualTo(LabelledTexts.NONE);
        }
        for (long batch : new long[] {2, 5, 8}) {
            assertThat(stream.in(batch)).isTrue();
            assertThat(stream.texts(batch, 7).firstRow()).isEqualTo(7);
        }
        assertThat(stream.rows()).isEqualTo(4 * 4 * 5);
    }

    @Test
    void read_sameNumber_isTheSameWhoeverAsksAndInWhateverOrder() throws Exception {
        List<float[]> expected = new ArrayList<>();
        List<Callable<float[]>> reads = new ArrayList<>();
        try (LabelledStream other = open(SET, CONFIG, 5);
                ExecutorService executor = Executors.newFixedThreadPool(4)) {
            for (int turn = 0; turn < 40; turn++) {
                long batch = 3L * turn + 2;
                expected.add(read(stream, batch));
                reads.addFirst(() -> read(other, batch));
            }
            List<Future<float[]>> futures = executor.invokeAll(reads);
            for (int turn = 0; turn < 40; turn++) {
                assertThat(futures.get(39 - turn).get()).containsExactly(expected.get(turn));
            }
            assertThat(other.fingerprint()).isEqualTo(stream.fingerprint());
        }
    }

    @Test
    void read_otherSeed_isOtherTexts() {
        try (LabelledStream other = open(SET, CONFIG, 6)) {
            assertThat(textsOf(other, 2)).isNotEqualTo(textsOf(stream, 2));
        }
    }

    @Test
    void texts_ofABatch_areSoManyOfEachCellWithTheirLabels() {
        for (long batch = 2; batch < 90; batch += 3) {
            LabelledTexts texts = stream.texts(batch, 0);
            List<String> found = textsOf(stream, batch);
            Map<Labels, Integer> counts = new HashMap<>();
            for (int text = 0; text < texts.count(); text++) {
                Labels labels = texts.labels(text);
                counts.merge(labels, 1, Integer::sum);
                assertThat(cell(found.get(text))).isEqualTo(2 * labels.main() + labels.spurious());
            }
            assertThat(counts).hasSize(8);
            counts.forEach((labels, count) -> assertThat(count).isEqualTo(labels.heldOut() ? 1 : 3));
            assertThat(found).doesNotHaveDuplicates();
        }
    }

    @Test
    void texts_ofManyBatches_areHeldOutOrLearnedFromForGoodAndOfTheTrainingPart() {
        Set<String> learned = new HashSet<>();
        Set<String> heldOut = new HashSet<>();
        for (long batch = 2; batch < 150; batch += 3) {
            LabelledTexts texts = stream.texts(batch, 0);
            List<String> found = textsOf(stream, batch);
            for (int text = 0; text < texts.count(); text++) {
                (texts.labels(text).heldOut() ? heldOut : learned).add(found.get(text));
            }
        }
        assertThat(learned).doesNotContainAnyElementsOf(heldOut);
        Set<String> used = new HashSet<>(learned);
        used.addAll(heldOut);
        List<String> train = new ArrayList<>();
        for (int main = 0; main < 2; main++) {
            for (int second = 0; second < 2; second++) {
                TwoAttributeSet.Split split = SET.split(9, main, second);
                train.addAll(split.train());
                assertThat(used).doesNotContainAnyElementsOf(split.dev()).doesNotContainAnyElementsOf(split.test());
            }
        }
        // Every one of them that is long enough, in the course of a few rounds.
        train.removeIf(text -> text.split(" ").length < Sequences.LEAST_TOKENS);
        assertThat(used).containsExactlyInAnyOrderElementsOf(train);
        assertThat(train).hasSizeBetween(70, 96);
        assertThat(LabelledStream.texts(SET, CONFIG)).hasSize(4 * 24).containsAll(used);
    }

    @Test
    void read_oneRound_hasNoTextTwiceAndTheNextIsInAnotherOrder() {
        // Held-out texts come one a batch of each cell: as many batches as there are texts are a round.
        Map<Labels, List<String>> inOrder = new HashMap<>();
        for (long batch = 2; batch < 3 * 60; batch += 3) {
            LabelledTexts texts = stream.texts(batch, 0);
            List<String> found = textsOf(stream, batch);
            for (int text = 0; text < texts.count(); text++) {
                if (texts.labels(text).heldOut()) {
                    inOrder.computeIfAbsent(texts.labels(text), key -> new ArrayList<>())
                            .add(found.get(text));
                }
            }
        }
        assertThat(inOrder).hasSize(4);
        Set<Boolean> reordered = new HashSet<>();
        inOrder.values().forEach(texts -> {
            int round = new HashSet<>(texts).size();
            assertThat(round).isBetween(3, 6);
            for (int from = 0; from + round <= texts.size(); from += round) {
                assertThat(texts.subList(from, from + round)).doesNotHaveDuplicates();
            }
            reordered.add(!texts.subList(0, round).equals(texts.subList(round, 2 * round)));
        });
        assertThat(reordered).contains(true);
    }

    @Test
    void read_textThatComesAgain_beginsElsewhere() {
        Map<String, Set<Integer>> starts = new TreeMap<>();
        for (long batch = 2; batch < 150; batch += 3) {
            placesOf(stream, batch)
                    .forEach(place -> starts.computeIfAbsent(place.text(), key -> new HashSet<>())
                            .add(place.kept()));
        }
        assertThat(starts.values().stream().filter(kept -> kept.size() > 2).count())
                .isGreaterThan(starts.size() / 2);
        assertThat(starts.values().stream().flatMap(Set::stream)).contains(0);
    }

    @Test
    void read_scale_multipliesEachValue() {
        float[] plain = read(stream, 2);
        try (Mat out = Mat.zeros(3 + stream.rows(), HashModel.WIDTH)) {
            stream.read(2, 0.5f, out, 3);
            float[] scaled = out.toArray();
            for (int i = 0; i < 3 * HashModel.WIDTH; i++) {
                assertThat(scaled[i]).isZero();
            }
            for (int i = 0; i < plain.length; i++) {
                assertThat(scaled[3 * HashModel.WIDTH + i]).isCloseTo(plain[i] / 2, within(1e-6f));
            }
        }
    }

    @Test
    void batches_withTexts_haveThemBehindTheRowsOfTheCorpus() {
        try (ActivationStore store =
                SmallHarvest.run(new HashModel(), cache, cache.resolve("corpus"), Precision.FP32)) {
            Batches plain = new Batches(store, 5, 7);
            Batches with = new Batches(store, 5, 7, stream);
            for (long n = 0; n < 9; n++) {
                int rows = with.rows(n);
                assertThat(rows).isEqualTo(stream.in(n) ? 7 + stream.rows() : 7);
                assertThat(with.texts(n)).isEqualTo(stream.texts(n, 7));
                assertThat(plain.texts(n)).isEqualTo(LabelledTexts.NONE);
                try (Mat wanted = Mat.zeros(7, HashModel.WIDTH);
                        Mat behind = Mat.zeros(rows, HashModel.WIDTH);
                        Mat got = Mat.zeros(rows, HashModel.WIDTH)) {
                    plain.read(n, wanted);
                    if (rows > 7) {
                        stream.read(n, (float) store.scale(), behind, 7);
                    }
                    with.read(n, got);
                    assertThat(got.rowsView(0, 7).toArray()).containsExactly(wanted.toArray());
                    assertThat(Arrays.copyOfRange(got.toArray(), 7 * HashModel.WIDTH, rows * HashModel.WIDTH))
                            .containsExactly(
                                    Arrays.copyOfRange(behind.toArray(), 7 * HashModel.WIDTH, rows * HashModel.WIDTH));
                }
            }
            assertThat(with.batchRows()).isEqualTo(7);
            try (Mat tooLow = Mat.zeros(7, HashModel.WIDTH)) {
                assertThatThrownBy(() -> with.read(2, tooLow)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void shuffled_keepsSizesAndSidesAndMixesTheLabels() {
        LabelledStream.Texts told = LabelledStream.Texts.of(SET, CONFIG);
        LabelledStream.Texts mixed = LabelledStream.Texts.of(SET, config(4, 1, 0.25, true));

        assertThat(mixed.learned()).extracting(List::size).containsExactly(18, 18, 18, 18);
        assertThat(mixed.heldOut()).extracting(List::size).containsExactly(6, 6, 6, 6);
        assertThat(flat(mixed.learned())).containsExactlyInAnyOrderElementsOf(flat(told.learned()));
        assertThat(flat(mixed.heldOut())).containsExactlyInAnyOrderElementsOf(flat(told.heldOut()));
        int right = 0;
        for (int cell = 0; cell < 4; cell++) {
            for (String text : mixed.learned().get(cell)) {
                right += cell(text) == cell ? 1 : 0;
            }
        }
        assertThat(right).as("of 72 texts, a quarter by chance").isBetween(8, 30);
        assertThat(LabelledStream.texts(SET, config(4, 1, 0.25, true)))
                .containsExactlyInAnyOrderElementsOf(LabelledStream.texts(SET, CONFIG));
    }

    private static List<String> flat(List<List<String>> cells) {
        return cells.stream().flatMap(List::stream).toList();
    }

    @Test
    void open_fewerTextsThanABatchTakes_saysWhichCellAndWhatToDo() {
        assertThatThrownBy(() -> open(SET, config(12, 8, 0.25, false), 5))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("labelled set files/x: a with spurious label 0 has ")
                .hasMessageContaining("texts of 5 tokens held out, and 8 are wanted in a batch")
                .hasMessageContaining("set fewer texts-per-cell or tokens, or another held-out-share");
        assertThatThrownBy(() -> open(SET, config(30, 1, 0.25, false), 5))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("texts of 5 tokens to learn from, and 29 are wanted in a batch");
    }

    @Test
    void open_tooFewTexts_isToldBeforeTheModelIsRun() {
        HashModel model = HashModel.claiming(HashModel.WIDTH);

        for (TwoAttributeSet set : List.of(SET, set(SECONDS, 4))) { // of four, two are for training
            assertThatThrownBy(() -> LabelledStream.open(
                            model,
                            set,
                            config(12, 8, 0.25, false),
                            SmallHarvest.MODEL,
                            SmallHarvest.data(Precision.FP32),
                            5,
                            cache,
                            ShardSource.NONE,
                            Progress.NONE))
                    .isInstanceOf(LabelledSetException.class)
                    .hasMessageContaining("set fewer texts-per-cell");
        }
    }

    @Test
    void open_progress_endsWithAllTokensThatAreAskedFor() {
        List<Long> reported = new ArrayList<>();
        List<Long> totals = new ArrayList<>();
        Progress progress = (what, done, total, unit) -> {
            reported.add(done);
            totals.add(total);
        };

        LabelledStream.open(
                        new HashModel(),
                        SET,
                        config(3, 1, 0.3, false),
                        SmallHarvest.MODEL,
                        SmallHarvest.data(Precision.FP32),
                        5,
                        cache.resolve("other"),
                        ShardSource.NONE,
                        progress)
                .close();

        assertThat(reported.getLast()).isEqualTo(totals.getLast()).isPositive();
    }

    @Test
    void open_moreTokensThanTheTextsHave_saysSo() {
        LabelledConfig long24 = new LabelledConfig("x", List.of("a", "b"), 3, 4, 1, 0.25, 24, false, 9);

        assertThatThrownBy(() -> open(SET, long24, 5))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("has 0 texts of 24 tokens");
    }

    @Test
    void texts_unknownMainValue_namesThoseThatThereAre() {
        LabelledConfig unknown = new LabelledConfig("x", List.of("a", "d"), 3, 4, 1, 0.25, 5, false, 9);

        assertThatThrownBy(() -> LabelledStream.texts(SET, unknown))
                .isInstanceOf(LabelledSetException.class)
                .hasMessage("labelled.mains: files/x has no main value d; it has a, b, c");
    }

    @Test
    void texts_secondAttributeOfThreeValues_isRefused() {
        assertThatThrownBy(() -> LabelledStream.texts(set(List.of("s", "t", "u"), 5), CONFIG))
                .isInstanceOf(LabelledSetException.class)
                .hasMessage("labelled.set: files/x has 3 values of its second attribute, [s, t, u]; two are needed");
    }

    @Test
    void texts_cellOfTwoTexts_isRefusedByName() {
        assertThatThrownBy(() -> LabelledStream.texts(set(SECONDS, 2), CONFIG))
                .isInstanceOf(LabelledSetException.class)
                .hasMessageContaining("a/s has 2 texts, too few");
    }
}
