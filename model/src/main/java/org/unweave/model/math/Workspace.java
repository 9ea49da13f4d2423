package org.unweave.model.math;

import java.util.HashMap;
import java.util.Map;

/** Scratch matrices by name, made once and used again for each batch, and the kernels that fill them. */
public final class Workspace implements AutoCloseable {
    private final Ops ops;
    private final Map<String, Mat> scratch = new HashMap<>();

    public Workspace(Ops ops) {
        this.ops = ops;
    }

    public Ops ops() {
        return ops;
    }

    /** A matrix of this shape with arbitrary elements, the caller's until the same name is taken again. */
    public Mat take(String name, int rows, int cols) {
        Mat mat = scratch.get(name);
        if (mat == null || mat.rows() < rows || mat.cols() != cols) {
            if (mat != null) {
                mat.close();
            }
            mat = Mat.zeros(rows, cols);
            scratch.put(name, mat);
        }
        return mat.rows() == rows ? mat : mat.rowsView(0, rows);
    }

    /** Frees a matrix that is seldom taken, or that would stand beside others which are taken later. */
    public void drop(String name) {
        Mat mat = scratch.remove(name);
        if (mat != null) {
            mat.close();
        }
    }

    /** What the matrices take. */
    public long bytes() {
        return scratch.values().stream()
                .mapToLong(mat -> mat.size() * Float.BYTES)
                .sum();
    }

    @Override
    public void close() {
        scratch.values().forEach(Mat::close);
        scratch.clear();
    }
}
