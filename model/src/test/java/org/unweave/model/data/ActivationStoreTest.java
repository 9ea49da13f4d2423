package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.DataConfig.Precision;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Mat;

/**
 * A store opens only when every byte of it is what was written; anything else is named, with its checksum and a remedy
 * that works. Its statistics are those of the kept rows.
 */
class ActivationStoreTest {
    @TempDir
    private Path temporary;

    private Path folder;

    @BeforeEach
    void harvest() {
        SmallHarvest.run(new HashModel(), temporary, cache(), Precision.BF16).close();
        folder = SmallHarvest.folder(temporary, cache(), Precision.BF16);
    }

    @Test
    void open_flippedBitAnywhereInAnyShard_isCorruptByName() throws IOException {
        List<Path> shards = shards();
        assertThat(shards).hasSizeGreaterThan(10);
        for (Path shard : shards) {
            byte[] whole = Files.readAllBytes(shard);
            for (int at : new int[] {0, whole.length / 3, whole.length / 2, whole.length - 1}) {
                byte[] flipped = whole.clone();
                flipped[at] ^= 0x10;
                Files.write(shard, flipped);

                assertThatThrownBy(() -> ActivationStore.open(folder))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContainingAll(
                                shard.toString(), "corrupt", Sha256.of(whole), Sha256.of(flipped), "delete this file");
            }
            Files.write(shard, whole);
        }
        ActivationStore.open(folder).close();
    }

    @Test
    void open_truncatedShard_namesBothSizes() throws IOException {
        Path shard = shards().get(1);
        byte[] whole = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(whole, whole.length - 1));

        assertThatThrownBy(() -> ActivationStore.open(folder))
                .isInstanceOf(StoreException.class)
                .hasMessageContainingAll(
                        shard.toString(), "truncated", String.valueOf(whole.length), String.valueOf(whole.length - 1));
    }

    @Test
    void harvest_afterACorruptShardWasDeleted_writesItAnew() throws IOException {
        var before = SmallHarvest.checksums(folder);
        Path shard = shards().get(2);
        Files.delete(shard);
        assertThatThrownBy(() -> ActivationStore.open(folder))
                .isInstanceOf(StoreException.class)
                .hasMessageContainingAll(shard.toString(), "missing");
        HashModel model = new HashModel();

        SmallHarvest.run(model, temporary, cache(), Precision.BF16).close();

        assertThat(SmallHarvest.checksums(folder)).isEqualTo(before);
        assertThat(model.runs()).isBetween(1, 20);
    }

    @Test
    void open_truncatedIndex_isCorrupt() throws IOException {
        Path index = folder.resolve("index.json");
        byte[] whole = Files.readAllBytes(index);
        for (int length : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            Files.write(index, Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> ActivationStore.open(folder))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContainingAll(index.toString(), "corrupt", "delete the file and harvest again");
        }
    }

    @Test
    void open_changedNumberInTheIndex_isCorruptWithBothChecksums() throws IOException {
        Path index = folder.resolve("index.json");
        String changed = Files.readString(index).replace("\"seed\":11", "\"seed\":12");
        assertThat(changed).contains("\"seed\":12");
        Files.writeString(index, changed);

        assertThatThrownBy(() -> ActivationStore.open(folder))
                .isInstanceOf(StoreException.class)
                .hasMessageContainingAll(index.toString(), "expected sha256", "got");
    }

    @Test
    void harvest_afterACorruptIndexWasDeleted_makesItAgainWithoutTheModel() throws IOException {
        var before = SmallHarvest.checksums(folder);
        Files.delete(folder.resolve("index.json"));
        assertThatThrownBy(() -> ActivationStore.open(folder))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("has no index.json");
        HashModel model = new HashModel();

        SmallHarvest.run(model, temporary, cache(), Precision.BF16).close();

        assertThat(model.runs()).isZero();
        assertThat(SmallHarvest.checksums(folder)).isEqualTo(before);
    }

    @Test
    void open_newerFormat_isRefusedByName() throws IOException {
        Path index = folder.resolve("index.json");
        Files.writeString(index, Files.readString(index).replace("\"formatVersion\":1", "\"formatVersion\":99"));

        assertThatThrownBy(() -> ActivationStore.open(folder))
                .isInstanceOf(StoreException.class)
                .hasMessageContainingAll("format version 99", "up to 1");
    }

    @Test
    void statistics_areThoseOfTheKeptRows() {
        try (ActivationStore store = ActivationStore.open(folder)) {
            StorePart train = store.train();
            double[] norms = norms(train);
            double[] sorted = norms.clone();
            Arrays.sort(sorted);
            double median = (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
            double[] kept =
                    Arrays.stream(norms).filter(norm -> norm <= 10 * median).toArray();

            assertThat(train.excludedRows()).isPositive().isEqualTo(norms.length - kept.length);
            assertThat(train.medianNorm()).isCloseTo(median, Offset.offset(1e-9));
            assertThat(train.meanNorm()).isCloseTo(Arrays.stream(kept).average().orElseThrow(), Offset.offset(1e-9));
            double meanSquare =
                    Arrays.stream(kept).map(norm -> norm * norm).average().orElseThrow();
            assertThat(train.meanSquaredNorm()).isCloseTo(meanSquare, Offset.offset(1e-9));
            assertThat(store.scale()).isCloseTo(1 / Math.sqrt(meanSquare), Offset.offset(1e-9));
            for (int row = 0; row < norms.length; row++) {
                assertThat(train.kept(row)).isEqualTo(norms[row] <= 10 * median);
            }
            assertThat(store.heldOut().excludedRows()).isPositive();
        }
    }

    @Test
    void keptRow_countsTheKeptRowsInOrder() {
        try (ActivationStore store = ActivationStore.open(folder)) {
            StorePart train = store.train();
            List<Long> expected = new ArrayList<>();
            for (long row = 0; row < train.rows(); row++) {
                if (train.kept(row)) {
                    expected.add(row);
                }
            }
            List<Long> actual = new ArrayList<>();
            for (long position = 0; position < train.keptRows(); position++) {
                actual.add(train.keptRow(position));
            }
            assertThat(actual).isEqualTo(expected);
            assertThatThrownBy(() -> train.keptRow(train.keptRows())).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void read_afterClose_isRefused() {
        ActivationStore store = ActivationStore.open(folder);
        StorePart train = store.train();
        store.close();

        try (Mat row = Mat.zeros(1, HashModel.WIDTH)) {
            assertThatThrownBy(() -> train.read(0, 1, row, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    private static double[] norms(StorePart part) {
        double[] norms = new double[(int) part.rows()];
        try (Mat row = Mat.zeros(1, HashModel.WIDTH)) {
            for (int n = 0; n < norms.length; n++) {
                part.read(n, 1, row, 0);
                double sum = 0;
                for (float value : row.copyRow(0)) {
                    sum += (double) value * value;
                }
                norms[n] = Math.sqrt(sum);
            }
        }
        return norms;
    }

    private List<Path> shards() throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".rows"))
                    .sorted()
                    .toList();
        }
    }

    private Path cache() {
        return temporary.resolve("cache");
    }
}
