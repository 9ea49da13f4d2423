package org.unweave.model.math;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;
import static org.bytedeco.openblas.global.openblas.cblas_sgemm;

import java.lang.ref.Reference;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

/**
 * Products of blocks of matrices by OpenBLAS, each on the calling thread alone.
 *
 * <p>OpenBLAS's own thread count is process-wide, so it is held at one: slots that share a process bring their own
 * threads.
 */
final class Blas {
    // Rows and columns of a block of the result: large enough that packing the operands is a small part of the work.
    private static final int BLOCK_ROWS = 512;
    private static final int BLOCK_COLUMNS = 768;

    static {
        openblas.blas_set_num_threads(1);
    }

    private Blas() {}

    /** {@code out = a b^T + beta out}, cut into blocks that depend on the shapes only. */
    static void multiplyTransposed(Team team, Mat aMK, Mat bNK, float beta, Mat outMN) {
        int rows = outMN.rows();
        int columns = outMN.cols();
        int inner = aMK.cols();
        aMK.requireShape(rows, inner);
        bNK.requireShape(columns, inner);
        int rowBlocks = pieces(rows, BLOCK_ROWS);
        int columnBlocks = pieces(columns, BLOCK_COLUMNS);
        int blockRows = size(rows, rowBlocks);
        int blockColumns = size(columns, columnBlocks);
        int across = pieces(columns, blockColumns);
        team.blocks(pieces(rows, blockRows) * across, 1, (from, to) -> {
            for (int block = from; block < to; block++) {
                int row = block / across * blockRows;
                int column = block % across * blockColumns;
                int m = Math.min(blockRows, rows - row);
                int n = Math.min(blockColumns, columns - column);
                product(
                        true,
                        m,
                        n,
                        inner,
                        1f,
                        at(aMK, (long) row * inner),
                        inner,
                        at(bNK, (long) column * inner),
                        inner,
                        beta,
                        at(outMN, (long) row * columns + column),
                        columns);
            }
        });
        // OpenBLAS sees addresses only.
        Reference.reachabilityFence(aMK);
        Reference.reachabilityFence(bNK);
        Reference.reachabilityFence(outMN);
    }

    /** {@code c = alpha a b^T + beta c}, or with b as it is, for blocks within matrices of longer rows. */
    static void product(
            boolean transposeB,
            int m,
            int n,
            int k,
            float alpha,
            FloatPointer a,
            int aRow,
            FloatPointer b,
            int bRow,
            float beta,
            FloatPointer c,
            int cRow) {
        cblas_sgemm(
                CblasRowMajor,
                CblasNoTrans,
                transposeB ? CblasTrans : CblasNoTrans,
                m,
                n,
                k,
                alpha,
                a,
                aRow,
                b,
                bRow,
                beta,
                c,
                cRow);
    }

    /** The matrix's elements from this one on. */
    static FloatPointer at(Mat mat, long index) {
        FloatPointer start = mat.pointer();
        return new FloatPointer(start).position(start.position() + index);
    }

    private static int pieces(int count, int size) {
        return (count + size - 1) / size;
    }

    private static int size(int count, int pieces) {
        int even = (count + pieces - 1) / pieces;
        return (even + 15) / 16 * 16;
    }
}
