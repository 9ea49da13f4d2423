package org.unweave.model.math;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dsyevd;
import static org.bytedeco.openblas.global.openblas.LAPACK_ROW_MAJOR;
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

    /** {@code out = a b^T + beta out}. */
    static void multiplyTransposed(Team team, Mat aMK, Mat bNK, float beta, Mat outMN) {
        aMK.requireShape(outMN.rows(), aMK.cols());
        bNK.requireShape(outMN.cols(), aMK.cols());
        multiply(team, aMK, false, bNK, true, beta, outMN);
    }

    /** {@code out = op(a) op(b) + beta out}, cut into blocks that depend on the shapes only. */
    static void multiply(Team team, Mat a, boolean transposeA, Mat b, boolean transposeB, float beta, Mat outMN) {
        int rows = outMN.rows();
        int columns = outMN.cols();
        int inner = transposeA ? a.rows() : a.cols();
        int blockRows = size(rows, pieces(rows, BLOCK_ROWS));
        int blockColumns = size(columns, pieces(columns, BLOCK_COLUMNS));
        int across = pieces(columns, blockColumns);
        team.blocks(pieces(rows, blockRows) * across, 1, (from, to) -> {
            for (int block = from; block < to; block++) {
                int row = block / across * blockRows;
                int column = block % across * blockColumns;
                cblas_sgemm(
                        CblasRowMajor,
                        transposeA ? CblasTrans : CblasNoTrans,
                        transposeB ? CblasTrans : CblasNoTrans,
                        Math.min(blockRows, rows - row),
                        Math.min(blockColumns, columns - column),
                        inner,
                        1f,
                        at(a, transposeA ? row : (long) row * inner),
                        a.cols(),
                        at(b, transposeB ? (long) column * inner : column),
                        b.cols(),
                        beta,
                        at(outMN, (long) row * columns + column),
                        columns);
            }
        });
        // OpenBLAS sees addresses only.
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
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
        int opB = transposeB ? CblasTrans : CblasNoTrans;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, opB, m, n, k, alpha, a, aRow, b, bRow, beta, c, cRow);
    }

    /**
     * Puts the eigenvectors of a symmetric matrix into its columns, the least eigenvalue's first.
     *
     * @return LAPACK's word on it: 0 where all went well
     */
    static int eigenvectors(double[] symmetricNN, int n) {
        return LAPACKE_dsyevd(LAPACK_ROW_MAJOR, (byte) 'V', (byte) 'U', n, symmetricNN, n, new double[n]);
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
