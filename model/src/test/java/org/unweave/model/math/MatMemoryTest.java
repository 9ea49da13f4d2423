package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** A matrix's memory begins on a cache line, and stays as long as anything reaches it, be the matrix itself forgotten. */
class MatMemoryTest {
    private static final int SIZE = 300;

    @Test
    void memory_ofAForgottenMatrix_isNotGivenToAnother() {
        MemorySegment memory = filled().memory();
        MemorySegment view = filled().rowsView(7, 9).memory();
        for (int round = 0; round < 20; round++) {
            System.gc();
            for (int i = 0; i < 20; i++) {
                Mat.zeros(SIZE, SIZE).close();
            }
        }
        assertThat(memory.toArray(Mat.FLOAT)).containsOnly(1f);
        assertThat(view.toArray(Mat.FLOAT)).containsOnly(1f);
    }

    @Test
    void memory_ofAnySize_beginsOnACacheLineAndIsZero() {
        for (int cols = 1; cols <= 64; cols++) {
            try (Mat mat = Mat.zeros(3, cols)) {
                assertThat(mat.memory().address() % Simd.LINE).isZero();
                assertThat(mat.toArray()).hasSize(3 * cols).containsOnly(0f);
            }
        }
        assertThat(Simd.aligned(5).address() % Simd.LINE).isZero();
    }

    private static Mat filled() {
        Mat mat = Mat.zeros(SIZE, SIZE);
        mat.fill(1);
        return mat;
    }
}
