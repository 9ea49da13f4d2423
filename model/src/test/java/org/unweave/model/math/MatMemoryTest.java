package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A matrix's memory begins on a cache line, and stays as long as anything reaches it, be the matrix itself forgotten. */
@Isolated("it looks at the memory of the whole process")
class MatMemoryTest {
    private static final int SIZE = 300;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memory_ofAForgottenMatrix_isNotGivenToAnother(boolean inNd4j) {
        assumeThere(inNd4j);
        MemorySegment memory = filled(inNd4j).memory();
        MemorySegment view = filled(inNd4j).rowsView(7, 9).memory();
        for (int round = 0; round < 20; round++) {
            System.gc();
            for (int i = 0; i < 20; i++) {
                Mat.zeros(SIZE, SIZE, inNd4j).close();
            }
        }
        assertThat(memory.toArray(Mat.FLOAT)).containsOnly(1f);
        assertThat(view.toArray(Mat.FLOAT)).containsOnly(1f);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void memory_ofAnySize_beginsOnACacheLineAndIsZero(boolean inNd4j) {
        assumeThere(inNd4j);
        for (int cols = 1; cols <= 64; cols++) {
            try (Mat mat = Mat.zeros(3, cols, inNd4j)) {
                assertThat(mat.memory().address() % Simd.LINE).isZero();
                assertThat(mat.toArray()).hasSize(3 * cols).containsOnly(0f);
            }
        }
        assertThat(Simd.aligned(5).address() % Simd.LINE).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void matrix_closedTwice_isFreedOnce(boolean inNd4j) {
        assumeThere(inNd4j);
        Mat mat = Mat.zeros(3, 5, inNd4j);
        mat.rowsView(1, 2).close();
        assertThat(mat.toArray()).hasSize(15);
        mat.close();
        mat.close();
    }

    @Test
    void matrix_outsideNd4j_isNoArrayOfIts() {
        try (Mat mat = Mat.zeros(3, 5, false)) {
            assertThatThrownBy(mat::array).hasMessageContaining("not in the memory of ND4J");
        }
    }

    private static void assumeThere(boolean inNd4j) {
        if (inNd4j) {
            Nd4jBackend.assumeOfTheCpu();
        }
    }

    private static Mat filled(boolean inNd4j) {
        Mat mat = Mat.zeros(SIZE, SIZE, inNd4j);
        mat.fill(1);
        return mat;
    }
}
