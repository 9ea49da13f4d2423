package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.DataConfig.Precision;
import org.unweave.model.math.Mat;

/**
 * Batch n is a pure function of store, seed and n; an epoch has every kept training row once; rows are scaled so that
 * their mean square is one; excluded rows are never read.
 */
class BatchesTest {
    private static final int ROWS = 7;

    @TempDir
    private Path temporary;

    private ActivationStore store;

    @BeforeEach
    void harvest() {
        store = SmallHarvest.run(new HashModel(), temporary, temporary.resolve("cache"), Precision.FP32);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void read_anyOrderAndAnyInstance_givesTheSameBatch() {
        Batches forwards = new Batches(store, 5, ROWS);
        Batches backwards = new Batches(store, 5, ROWS);
        List<float[]> expected = new ArrayList<>();
        for (int n = 0; n < 1_000; n++) {
            expected.add(read(forwards, n));
        }
        for (int n = 999; n >= 0; n -= 37) {
            assertThat(read(backwards, n)).containsExactly(expected.get(n));
        }
    }

    @Test
    void read_oneEpoch_hasEveryKeptRowOnce() {
        Map<List<Float>, Integer> seen = new HashMap<>();
        Batches batches = new Batches(store, 5, ROWS);
        long kept = store.train().keptRows();
        for (int epoch = 0; epoch < 3; epoch++) {
            seen.clear();
            for (long p = epoch * kept; p < (epoch + 1) * kept; p++) {
                float[] batch = read(batches, p / ROWS);
                int b = (int) (p % ROWS);
                float[] row = Arrays.copyOfRange(batch, b * HashModel.WIDTH, (b + 1) * HashModel.WIDTH);
                seen.merge(boxed(row), 1, Integer::sum);
            }
            assertThat(seen).isEqualTo(keptRows());
        }
    }

    @Test
    void read_otherEpochOrSeed_isAnotherOrder() {
        long kept = store.train().keptRows();
        Batches whole = new Batches(store, 5, (int) kept);
        float[] first = read(whole, 0);

        assertThat(read(whole, 1)).isNotEqualTo(first);
        assertThat(read(new Batches(store, 6, (int) kept), 0)).isNotEqualTo(first);
        assertThat(whole.batchesPerEpoch()).isOne();
        assertThat(new Batches(store, 5, (int) kept - 1).batchesPerEpoch()).isEqualTo(2);
    }

    @Test
    void read_batchLargerThanTheStore_runsThroughSeveralEpochs() {
        int kept = (int) store.train().keptRows();
        float[] large = read(new Batches(store, 5, 2 * kept + 10), 0);
        Batches whole = new Batches(store, 5, kept);

        assertThat(Arrays.copyOfRange(large, kept * HashModel.WIDTH, 2 * kept * HashModel.WIDTH))
                .containsExactly(read(whole, 1));
    }

    @Test
    void read_aWholeEpoch_hasMeanSquareOne() {
        int kept = (int) store.train().keptRows();
        double sum = 0;
        for (float value : read(new Batches(store, 5, kept), 0)) {
            sum += (double) value * value;
        }
        assertThat(sum / kept).isCloseTo(1, Offset.offset(1e-5));
    }

    @Test
    void read_manyThreads_getTheSameBatches() throws Exception {
        Batches batches = new Batches(store, 5, ROWS);
        List<Callable<float[]>> reads = new ArrayList<>();
        List<float[]> expected = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            int batch = n;
            expected.add(read(batches, n));
            reads.add(() -> read(batches, batch));
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(4)) {
            List<Future<float[]>> futures = executor.invokeAll(reads);
            for (int n = 0; n < futures.size(); n++) {
                assertThat(futures.get(n).get()).containsExactly(expected.get(n));
            }
        }
    }

    @Test
    void heldOut_isKeptRowsInOrderScaledAsInTraining() {
        Batches batches = new Batches(store, 5, ROWS);
        StorePart part = store.heldOut();
        assertThat(batches.heldOutRows()).isEqualTo((int) part.keptRows()).isLessThan((int) part.rows());
        try (Mat out = Mat.zeros(batches.heldOutRows(), HashModel.WIDTH);
                Mat tail = Mat.zeros(3, HashModel.WIDTH);
                Mat row = Mat.zeros(1, HashModel.WIDTH)) {
            batches.heldOut(out);
            batches.heldOut(10, tail);
            int at = 0;
            for (long n = 0; n < part.rows(); n++) {
                if (part.kept(n)) {
                    part.read(n, (float) store.scale(), row, 0);
                    assertThat(out.copyRow(at++)).containsExactly(row.copyRow(0));
                }
            }
            assertThat(tail.copyRow(2)).containsExactly(out.copyRow(12));
        }
    }

    @Test
    void read_wrongShape_isRefused() {
        Batches batches = new Batches(store, 5, ROWS);
        try (Mat narrow = Mat.zeros(ROWS, HashModel.WIDTH - 1);
                Mat low = Mat.zeros(ROWS - 1, HashModel.WIDTH)) {
            assertThatThrownBy(() -> batches.read(0, narrow)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> batches.read(0, low)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> batches.heldOut(narrow)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static float[] read(Batches batches, long n) {
        try (Mat out = Mat.zeros(batches.batchRows(), HashModel.WIDTH)) {
            batches.read(n, out);
            return out.toArray();
        }
    }

    private Map<List<Float>, Integer> keptRows() {
        Map<List<Float>, Integer> rows = new HashMap<>();
        StorePart train = store.train();
        try (Mat row = Mat.zeros(1, HashModel.WIDTH)) {
            for (long n = 0; n < train.rows(); n++) {
                if (train.kept(n)) {
                    train.read(n, (float) store.scale(), row, 0);
                    rows.merge(boxed(row.copyRow(0)), 1, Integer::sum);
                }
            }
        }
        return rows;
    }

    private static List<Float> boxed(float[] values) {
        List<Float> boxed = new ArrayList<>();
        for (float value : values) {
            boxed.add(value);
        }
        return boxed;
    }
}
