package org.unweave.model.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;

/** A model that shares beginnings computes what it computes for each sequence as a whole, which is the default way. */
class TokenForestTest {
    private static final int LAST = TinyLlama.BLOCKS - 1;

    @TempDir
    private Path folder;

    private Device device;
    private Llama model;
    private final Random random = new Random(5);

    @BeforeEach
    void load() {
        device = Device.cpu(1);
        model = Llama.load(TinyLlama.write(folder.resolve("tiny.gguf")), device);
    }

    @AfterEach
    void close() {
        model.close();
        device.close();
    }

    @Test
    void paths_ofBranches_leaveOutWhatIsNotContinued() {
        TokenForest.Builder builder = new TokenForest.Builder();
        builder.add(new int[] {7, 8, 9});
        int tree = builder.add(new int[] {1, 2, 3, 4});
        int branch = builder.add(new int[] {5, 6}, tree, 2);
        int leaf = builder.add(new int[] {9}, branch, 1);
        TokenForest forest = builder.build();

        assertThat(forest.path(tree)).containsExactly(3, 4, 5, 6);
        assertThat(forest.path(branch)).containsExactly(3, 4, 7, 8);
        assertThat(forest.path(leaf)).containsExactly(3, 4, 7, 9);
        assertThat(forest.offset(leaf)).isEqualTo(3);
        assertThat(forest.rows()).isEqualTo(10);
        TokenBatch whole = forest.unshared();
        assertThat(whole.sequences()).isEqualTo(4);
        assertThat(whole.token(3, 2)).isEqualTo(5);
        assertThat(whole.token(3, 3)).isEqualTo(9);
    }

    @Test
    void runTo_sharedBeginnings_equalsEachSequenceAlone() {
        TokenForest forest = forest(30);
        for (int block = 0; block <= LAST; block++) {
            try (Mat shared = model.runTo(forest, block);
                    Mat plain = plain().runTo(forest, block)) {
                assertClose(shared, plain);
            }
        }
    }

    @Test
    void resumeFrom_branchesWithRowsOfTheirOwn_equalsEachSequenceAlone() {
        TokenForest forest = forest(30);
        try (Mat residual = Mat.zeros(forest.rows(), TinyLlama.WIDTH)) {
            for (int row = 0; row < residual.rows(); row++) {
                for (int column = 0; column < residual.cols(); column++) {
                    residual.set(row, column, random.nextFloat() - 0.5f);
                }
            }
            for (int block = 0; block <= LAST; block++) {
                try (Mat before = residual.copy();
                        Mat shared = model.resumeFrom(forest, block, residual);
                        Mat plain = plain().resumeFrom(forest, block, residual)) {
                    assertClose(shared, plain);
                    assertThat(residual.toArray()).isEqualTo(before.toArray());
                }
            }
        }
    }

    @Test
    void resumption_ofWhatRunToGave_equalsTheWhole() {
        TokenForest forest = forest(4);
        try (Mat whole = model.runTo(forest, LAST);
                Mat part = model.runTo(forest, 0);
                Mat rest = model.resumeFrom(forest, 0, part)) {
            assertThat(rest.toArray()).isEqualTo(whole.toArray());
        }
    }

    @Test
    void continuations_ofWhatIsNotThere_areRefused() {
        TokenForest.Builder builder = new TokenForest.Builder();
        assertThatThrownBy(builder::build).hasMessageContaining("without a segment");
        assertThatThrownBy(() -> builder.add(new int[0])).hasMessageContaining("without a token");
        int first = builder.add(new int[] {1, 2});
        assertThatThrownBy(() -> builder.add(new int[] {3}, first, 3)).hasMessageContaining("3 of the 2 rows");
        assertThatThrownBy(() -> builder.add(new int[] {3}, first, 0)).hasMessageContaining("0 of the 2 rows");
        builder.add(new int[] {4});
        assertThatThrownBy(() -> builder.add(new int[] {3}, first, 1)).hasMessageContaining("segment 0 is none");
        TokenForest forest = builder.build();
        assertThatThrownBy(() -> model.resumeFrom(forest, 0, Mat.zeros(9, TinyLlama.WIDTH)))
                .hasMessageContaining("3 rows");
        assertThatThrownBy(() -> model.runTo(forest, 9)).hasMessageContaining("block 9");
    }

    /** More rows than go through the blocks at once; branches of branches. */
    private TokenForest forest(int trees) {
        TokenForest.Builder builder = new TokenForest.Builder();
        for (int tree = 0; tree < trees; tree++) {
            int root = builder.add(tokens(5 + tree));
            builder.add(tokens(3), root, 5 + tree);
            int branch = builder.add(tokens(7), root, 1 + tree / 2);
            builder.add(tokens(2), branch, 7);
            int middle = builder.add(tokens(70), branch, 4);
            builder.add(tokens(1), middle, 69);
        }
        return builder.build();
    }

    private int[] tokens(int count) {
        return random.ints(count, 0, TinyLlama.VOCABULARY).toArray();
    }

    /** The same model without its own way with forests. */
    private LanguageModel plain() {
        return new LanguageModel() {
            @Override
            public String name() {
                return model.name();
            }

            @Override
            public String fingerprint() {
                return model.fingerprint();
            }

            @Override
            public Tokenizer tokenizer() {
                return model.tokenizer();
            }

            @Override
            public int blocks() {
                return model.blocks();
            }

            @Override
            public int width() {
                return model.width();
            }

            @Override
            public int vocabulary() {
                return model.vocabulary();
            }

            @Override
            public Mat runTo(TokenBatch batch, int block) {
                return model.runTo(batch, block);
            }

            @Override
            public Mat resumeFrom(TokenBatch batch, int block, Mat residual) {
                return model.resumeFrom(batch, block, residual);
            }

            @Override
            public void logits(Mat finalResidualRD, Mat outRV) {
                model.logits(finalResidualRD, outRV);
            }

            @Override
            public void close() {
                model.close();
            }
        };
    }

    private static void assertClose(Mat actual, Mat expected) {
        assertThat(actual.rows()).isEqualTo(expected.rows());
        for (int row = 0; row < actual.rows(); row++) {
            assertThat(actual.copyRow(row)).as("row %d", row).containsExactly(expected.copyRow(row), within(1e-5f));
        }
    }
}
