package org.unweave.model.lm;

import java.nio.file.Path;
import org.unweave.model.math.Mat;

/** The tiny model's formulas once more, in double, token by token, with rotary pairs side by side as in the file. */
final class PlainLlama {
    private static final double EPSILON = 1e-5f;
    private static final double ROPE_BASE = 1000;

    private final GgufFile file;

    PlainLlama(Path path) {
        this.file = GgufFile.open(path);
    }

    /** The residual stream [block][t][D] after each block. */
    double[][][] run(int[] ids) {
        double[][][] after = new double[TinyLlama.BLOCKS][ids.length][];
        double[][] x = new double[ids.length][];
        double[][] embedding = matrix("token_embd.weight");
        for (int t = 0; t < ids.length; t++) {
            x[t] = embedding[ids[t]].clone();
        }
        for (int block = 0; block < TinyLlama.BLOCKS; block++) {
            attend("blk." + block + ".", x);
            feedForward("blk." + block + ".", x);
            for (int t = 0; t < ids.length; t++) {
                after[block][t] = x[t].clone();
            }
        }
        return after;
    }

    double[] logits(double[] x) {
        return times(matrix("token_embd.weight"), norm(x, matrix("output_norm.weight")[0]));
    }

    private void attend(String prefix, double[][] x) {
        int w = TinyLlama.HEAD_WIDTH;
        double[][] q = new double[x.length][];
        double[][] k = new double[x.length][];
        double[][] v = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] normed = norm(x[t], matrix(prefix + "attn_norm.weight")[0]);
            q[t] = rotated(times(matrix(prefix + "attn_q.weight"), normed), t);
            k[t] = rotated(times(matrix(prefix + "attn_k.weight"), normed), t);
            v[t] = times(matrix(prefix + "attn_v.weight"), normed);
        }
        for (int t = 0; t < x.length; t++) {
            double[] mixed = new double[TinyLlama.QUERY_HEADS * w];
            for (int head = 0; head < TinyLlama.QUERY_HEADS; head++) {
                int group = head / (TinyLlama.QUERY_HEADS / TinyLlama.KEY_HEADS);
                double[] weight = new double[t + 1];
                double total = 0;
                for (int s = 0; s <= t; s++) {
                    double score = 0;
                    for (int j = 0; j < w; j++) {
                        score += q[t][head * w + j] * k[s][group * w + j];
                    }
                    weight[s] = Math.exp(score / Math.sqrt(w));
                    total += weight[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int j = 0; j < w; j++) {
                        mixed[head * w + j] += weight[s] / total * v[s][group * w + j];
                    }
                }
            }
            add(x[t], times(matrix(prefix + "attn_output.weight"), mixed));
        }
    }

    private void feedForward(String prefix, double[][] x) {
        for (double[] row : x) {
            double[] normed = norm(row, matrix(prefix + "ffn_norm.weight")[0]);
            double[] gate = times(matrix(prefix + "ffn_gate.weight"), normed);
            double[] up = times(matrix(prefix + "ffn_up.weight"), normed);
            for (int i = 0; i < up.length; i++) {
                up[i] *= gate[i] / (1 + Math.exp(-gate[i]));
            }
            add(row, times(matrix(prefix + "ffn_down.weight"), up));
        }
    }

    private static double[] rotated(double[] heads, int position) {
        int w = TinyLlama.HEAD_WIDTH;
        double[] out = new double[heads.length];
        for (int i = 0; i < heads.length; i += 2) {
            double angle = position * Math.pow(ROPE_BASE, -(double) (i % w) / w);
            out[i] = heads[i] * Math.cos(angle) - heads[i + 1] * Math.sin(angle);
            out[i + 1] = heads[i] * Math.sin(angle) + heads[i + 1] * Math.cos(angle);
        }
        return out;
    }

    private static double[] norm(double[] x, double[] gain) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = gain[i] * x[i] / Math.sqrt(squares / x.length + EPSILON);
        }
        return out;
    }

    private static double[] times(double[][] matrix, double[] x) {
        double[] out = new double[matrix.length];
        for (int row = 0; row < out.length; row++) {
            for (int i = 0; i < x.length; i++) {
                out[row] += matrix[row][i] * x[i];
            }
        }
        return out;
    }

    private static void add(double[] x, double[] change) {
        for (int i = 0; i < x.length; i++) {
            x[i] += change[i];
        }
    }

    private double[][] matrix(String name) {
        try (Mat mat = file.read(name)) {
            double[][] rows = new double[mat.rows()][mat.cols()];
            for (int row = 0; row < rows.length; row++) {
                for (int col = 0; col < mat.cols(); col++) {
                    rows[row][col] = mat.get(row, col);
                }
            }
            return rows;
        }
    }
}
