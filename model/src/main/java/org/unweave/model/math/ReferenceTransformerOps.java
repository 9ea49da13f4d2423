package org.unweave.model.math;

/** The oracle of the transformer's kernels: plain loops, each result summed in double and rounded once. */
public final class ReferenceTransformerOps implements TransformerOps {
    @Override
    public void gather(Mat tableVD, int[] ids, int first, Mat outRD) {
        TransformerShapes.gather(tableVD, ids, first, outRD);
        for (int row = 0; row < outRD.rows(); row++) {
            outRD.setRow(row, tableVD.copyRow(ids[first + row]));
        }
    }

    @Override
    public void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        multiply(aMK, bNK, 0, outMN);
    }

    @Override
    public void addMultiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        multiply(aMK, bNK, 1, outMN);
    }

    private static void multiply(Mat a, Mat b, double keep, Mat out) {
        for (int m = 0; m < out.rows(); m++) {
            for (int n = 0; n < out.cols(); n++) {
                double sum = keep * out.get(m, n);
                for (int i = 0; i < a.cols(); i++) {
                    sum += (double) a.get(m, i) * b.get(n, i);
                }
                out.set(m, n, (float) sum);
            }
        }
    }

    @Override
    public void rmsNorm(Mat xRD, Mat gain1D, float epsilon, Mat outRD) {
        Shapes.row(xRD, gain1D);
        Shapes.same(xRD, outRD);
        for (int row = 0; row < xRD.rows(); row++) {
            double squares = 0;
            for (float x : xRD.copyRow(row)) {
                squares += (double) x * x;
            }
            double root = Math.sqrt(squares / xRD.cols() + epsilon);
            for (int col = 0; col < xRD.cols(); col++) {
                outRD.set(row, col, (float) (xRD.get(row, col) / root * gain1D.get(0, col)));
            }
        }
    }

    @Override
    public void rotate(Mat xRC, int heads, int[] positions, int first, Mat cosine, Mat sine) {
        TransformerShapes.rotate(xRC, heads, positions, first, cosine, sine);
        int half = cosine.cols();
        for (int row = 0; row < xRC.rows(); row++) {
            int position = positions[first + row];
            for (int col = 0; col < heads * 2 * half; col++) {
                if (col % (2 * half) < half) {
                    double cos = cosine.get(position, col % half);
                    double sin = sine.get(position, col % half);
                    double left = xRC.get(row, col);
                    double right = xRC.get(row, col + half);
                    xRC.set(row, col, (float) (left * cos - right * sin));
                    xRC.set(row, col + half, (float) (right * cos + left * sin));
                }
            }
        }
    }

    @Override
    public void attention(Mat qkvRC, int[] starts, Heads heads, Mat outRC) {
        TransformerShapes.attention(qkvRC, starts, heads, outRC);
        attend(qkvRC, starts, qkvRC, heads.query() * heads.width(), starts, heads, outRC);
    }

    @Override
    public void attention(Mat qkvRC, int[] starts, Mat keysValuesSC, int[] keyStarts, Heads heads, Mat outRC) {
        TransformerShapes.attention(qkvRC, starts, keysValuesSC, keyStarts, heads, outRC);
        attend(qkvRC, starts, keysValuesSC, 0, keyStarts, heads, outRC);
    }

    private static void attend(
            Mat queries, int[] starts, Mat keys, int firstColumn, int[] keyStarts, Heads heads, Mat out) {
        for (int n = 0; n < starts.length - 1; n++) {
            for (int row = starts[n]; row < starts[n + 1]; row++) {
                int seen = keyStarts[n + 1] - (starts[n + 1] - 1 - row);
                for (int head = 0; head < heads.query(); head++) {
                    attendRow(queries, row, keys, firstColumn, keyStarts[n], seen, head, heads, out);
                }
            }
        }
    }

    private static void attendRow(
            Mat queries, int row, Mat keys, int firstColumn, int from, int to, int head, Heads heads, Mat out) {
        int width = heads.width();
        int group = head * heads.keyValue() / heads.query();
        int keyColumn = firstColumn + group * width;
        int valueColumn = keyColumn + heads.keyValue() * width;
        double[] weight = new double[to - from];
        for (int i = 0; i < weight.length; i++) {
            for (int j = 0; j < width; j++) {
                weight[i] += (double) queries.get(row, head * width + j) * keys.get(from + i, keyColumn + j);
            }
            weight[i] /= Math.sqrt(width);
        }
        double logSum = logSumExp(weight);
        for (int j = 0; j < width; j++) {
            double sum = 0;
            for (int i = 0; i < weight.length; i++) {
                sum += Math.exp(weight[i] - logSum) * keys.get(from + i, valueColumn + j);
            }
            out.set(row, head * width + j, (float) sum);
        }
    }

    @Override
    public void siluMultiply(Mat gateUpRC, Mat outRF) {
        TransformerShapes.halves(gateUpRC, outRF);
        for (int row = 0; row < outRF.rows(); row++) {
            for (int col = 0; col < outRF.cols(); col++) {
                double gate = gateUpRC.get(row, col);
                outRF.set(row, col, (float) (gate / (1 + Math.exp(-gate)) * gateUpRC.get(row, outRF.cols() + col)));
            }
        }
    }

    @Override
    public void crossEntropy(Mat logitsRV, int[] targets, int first, float[] out) {
        TransformerShapes.crossEntropy(logitsRV, targets, first, out);
        for (int row = 0; row < logitsRV.rows(); row++) {
            out[first + row] = (float) (logSumExp(doubles(logitsRV, row)) - logitsRV.get(row, targets[first + row]));
        }
    }

    @Override
    public void divergence(Mat pLogitsRV, Mat qLogitsRV, int first, float[] out) {
        TransformerShapes.divergence(pLogitsRV, qLogitsRV, first, out);
        for (int row = 0; row < pLogitsRV.rows(); row++) {
            double[] p = doubles(pLogitsRV, row);
            double[] q = doubles(qLogitsRV, row);
            double pLogSum = logSumExp(p);
            double qLogSum = logSumExp(q);
            double sum = 0;
            for (int v = 0; v < p.length; v++) {
                sum += Math.exp(p[v] - pLogSum) * (p[v] - pLogSum - (q[v] - qLogSum));
            }
            out[first + row] = (float) Math.max(0, sum);
        }
    }

    private static double[] doubles(Mat mat, int row) {
        double[] values = new double[mat.cols()];
        for (int col = 0; col < values.length; col++) {
            values[col] = mat.get(row, col);
        }
        return values;
    }

    private static double logSumExp(double[] values) {
        double max = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            max = Math.max(max, value);
        }
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value - max);
        }
        return max + Math.log(sum);
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
