package org.unweave.model.math;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The oracle: plain loops, each result summed in double and rounded once. Slow on purpose. */
public final class ReferenceOps implements Ops {
    @Override
    public void multiplyTransposed(Mat aMK, Mat bNK, Mat outMN) {
        Shapes.multiply(aMK, false, bNK, true, outMN);
        multiply(outMN, aMK.cols(), (m, i) -> aMK.get(m, i), (i, n) -> bNK.get(n, i));
    }

    @Override
    public void multiply(Mat aMK, Mat bKN, Mat outMN) {
        Shapes.multiply(aMK, false, bKN, false, outMN);
        multiply(outMN, aMK.cols(), (m, i) -> aMK.get(m, i), (i, n) -> bKN.get(i, n));
    }

    @Override
    public void multiplyLeftTransposed(Mat aKM, Mat bKN, Mat outMN) {
        Shapes.multiply(aKM, true, bKN, false, outMN);
        multiply(outMN, aKM.rows(), (m, i) -> aKM.get(i, m), (i, n) -> bKN.get(i, n));
    }

    private interface Element {
        float at(int row, int col);
    }

    private static void multiply(Mat out, int inner, Element a, Element b) {
        for (int m = 0; m < out.rows(); m++) {
            for (int n = 0; n < out.cols(); n++) {
                double sum = 0;
                for (int i = 0; i < inner; i++) {
                    sum += (double) a.at(m, i) * b.at(i, n);
                }
                out.set(m, n, (float) sum);
            }
        }
    }

    private interface Value {
        double at(int row, int col);
    }

    private static void fill(Mat out, Value value) {
        for (int row = 0; row < out.rows(); row++) {
            for (int col = 0; col < out.cols(); col++) {
                out.set(row, col, (float) value.at(row, col));
            }
        }
    }

    @Override
    public void subtractRow(Mat aMN, Mat row1N, Mat outMN) {
        Shapes.row(aMN, row1N);
        Shapes.same(aMN, outMN);
        fill(outMN, (row, col) -> (double) aMN.get(row, col) - row1N.get(0, col));
    }

    @Override
    public void addRow(Mat aMN, Mat row1N) {
        Shapes.row(aMN, row1N);
        fill(aMN, (row, col) -> (double) aMN.get(row, col) + row1N.get(0, col));
    }

    @Override
    public void subtract(Mat a, Mat b, Mat out) {
        Shapes.same(a, b);
        Shapes.same(a, out);
        fill(out, (row, col) -> (double) a.get(row, col) - b.get(row, col));
    }

    @Override
    public void addScaled(float factor, Mat x, Mat y) {
        Shapes.same(x, y);
        fill(y, (row, col) -> y.get(row, col) + (double) factor * x.get(row, col));
    }

    @Override
    public void scale(Mat a, float factor) {
        fill(a, (row, col) -> (double) a.get(row, col) * factor);
    }

    @Override
    public void addColumnSums(float factor, Mat aMN, Mat out1N) {
        Shapes.row(aMN, out1N);
        for (int col = 0; col < aMN.cols(); col++) {
            double sum = 0;
            for (int row = 0; row < aMN.rows(); row++) {
                sum += aMN.get(row, col);
            }
            out1N.set(0, col, (float) (out1N.get(0, col) + factor * sum));
        }
    }

    @Override
    public double sumOfSquares(Mat a) {
        double sum = 0;
        for (float element : a.toArray()) {
            sum += (double) element * element;
        }
        return sum;
    }

    @Override
    public void selectTopK(Mat preBF, int k, Codes out) {
        selectTopKAmong(preBF, IntStream.range(0, preBF.cols()).toArray(), k, out);
    }

    @Override
    public void selectTopKAmong(Mat preBF, int[] features, int k, Codes out) {
        Shapes.select(preBF, out, k);
        out.reset(preBF.rows(), preBF.rows() * Math.min(k, features.length));
        int entry = 0;
        for (int row = 0; row < preBF.rows(); row++) {
            float[] values = preBF.copyRow(row);
            int[] chosen = IntStream.of(features)
                    .boxed()
                    .filter(f -> values[f] > 0)
                    .sorted((f, g) -> values[f] == values[g] ? f - g : Float.compare(values[g], values[f]))
                    .limit(k)
                    .mapToInt(f -> f)
                    .sorted()
                    .toArray();
            for (int feature : chosen) {
                out.feature()[entry] = feature;
                out.value()[entry++] = values[feature];
            }
            out.rowStart()[row + 1] = entry;
        }
    }

    @Override
    public void selectPositive(Mat preBF, Codes out) {
        selectTopK(preBF, preBF.cols(), out);
    }

    @Override
    public void selectBatchTopK(Mat preBF, int count, Codes out) {
        Shapes.select(preBF, out, count);
        float[] values = preBF.toArray();
        Set<Integer> chosen = IntStream.range(0, values.length)
                .boxed()
                .filter(i -> values[i] > 0)
                .sorted((i, j) -> values[i] == values[j] ? i - j : Float.compare(values[j], values[i]))
                .limit(count)
                .collect(Collectors.toSet());
        collect(preBF, out, (row, col) -> chosen.contains(row * preBF.cols() + col));
    }

    @Override
    public void selectAbove(Mat preBF, Mat bound1F, Codes out) {
        Shapes.select(preBF, out, 1);
        Shapes.row(preBF, bound1F);
        collect(preBF, out, (row, col) -> preBF.get(row, col) > bound1F.get(0, col));
    }

    private interface Wanted {
        boolean at(int row, int col);
    }

    private static void collect(Mat preBF, Codes out, Wanted wanted) {
        out.reset(preBF.rows(), Math.toIntExact(preBF.size()));
        int entry = 0;
        for (int row = 0; row < preBF.rows(); row++) {
            for (int col = 0; col < preBF.cols(); col++) {
                if (wanted.at(row, col)) {
                    out.feature()[entry] = col;
                    out.value()[entry++] = preBF.get(row, col);
                }
            }
            out.rowStart()[row + 1] = entry;
        }
    }

    @Override
    public void decode(Codes codes, Mat decFD, @Nullable Mat bias1D, Mat outBD) {
        Shapes.decode(codes, decFD, bias1D, outBD);
        fill(outBD, (row, col) -> {
            double sum = bias1D == null ? 0 : bias1D.get(0, col);
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                sum += (double) codes.value()[j] * decFD.get(codes.feature()[j], col);
            }
            return sum;
        });
    }

    @Override
    public void addCodeGradients(Codes codes, Mat gradBD, Mat decFD, float[] out) {
        Shapes.decode(codes, decFD, null, gradBD);
        Shapes.entries(codes, out);
        for (int row = 0; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                double sum = 0;
                for (int col = 0; col < decFD.cols(); col++) {
                    sum += (double) gradBD.get(row, col) * decFD.get(codes.feature()[j], col);
                }
                out[j] = (float) (out[j] + sum);
            }
        }
    }

    @Override
    public void addFeatureRows(FeatureRows part, Mat outFD) {
        Codes codes = part.codes();
        Mat rowsBD = part.rowsBD();
        Shapes.decode(codes, outFD, null, rowsBD);
        double[][] sums = new double[codes.features()][outFD.cols()];
        for (int row = 0; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                for (int col = 0; col < outFD.cols(); col++) {
                    sums[codes.feature()[j]][col] +=
                            (double) part.factor() * part.coefficient()[j] * rowsBD.get(row, col);
                }
            }
        }
        fill(outFD, (feature, col) -> outFD.get(feature, col) + sums[feature][col]);
    }

    @Override
    public void addFeatureSums(Codes codes, float[] coefficient, Mat out1F) {
        out1F.requireShape(1, codes.features());
        Shapes.entries(codes, coefficient);
        double[] sums = new double[codes.features()];
        for (int j = 0; j < codes.entries(); j++) {
            sums[codes.feature()[j]] += coefficient[j];
        }
        fill(out1F, (row, feature) -> out1F.get(0, feature) + sums[feature]);
    }

    @Override
    public void removeParallel(Mat gradFD, Mat decFD) {
        Shapes.same(gradFD, decFD);
        for (int row = 0; row < decFD.rows(); row++) {
            double along = 0;
            double square = 0;
            for (int col = 0; col < decFD.cols(); col++) {
                along += (double) gradFD.get(row, col) * decFD.get(row, col);
                square += (double) decFD.get(row, col) * decFD.get(row, col);
            }
            for (int col = 0; square > 0 && col < decFD.cols(); col++) {
                gradFD.set(row, col, (float) (gradFD.get(row, col) - along / square * decFD.get(row, col)));
            }
        }
    }

    @Override
    public void rowNorms(Mat aFD, Mat out1F) {
        out1F.requireShape(1, aFD.rows());
        for (int row = 0; row < aFD.rows(); row++) {
            out1F.set(0, row, (float) Math.sqrt(sumOfSquares(aFD.rowsView(row, row + 1))));
        }
    }

    @Override
    public void normalizeRows(Mat aFD) {
        for (int row = 0; row < aFD.rows(); row++) {
            double sum = 0;
            for (int col = 0; col < aFD.cols(); col++) {
                sum += (double) aFD.get(row, col) * aFD.get(row, col);
            }
            for (int col = 0; sum > 0 && col < aFD.cols(); col++) {
                aFD.set(row, col, (float) (aFD.get(row, col) / Math.sqrt(sum)));
            }
        }
    }

    @Override
    public void adam(Mat parameter, Mat gradient, float factor, Mat firstMoment, Mat secondMoment, AdamStep step) {
        Shapes.same(parameter, gradient);
        Shapes.same(parameter, firstMoment);
        Shapes.same(parameter, secondMoment);
        double firstCorrection = 1 - Math.pow(step.beta1(), step.count());
        double secondCorrection = 1 - Math.pow(step.beta2(), step.count());
        for (int row = 0; row < parameter.rows(); row++) {
            for (int col = 0; col < parameter.cols(); col++) {
                double grad = (double) gradient.get(row, col) * factor;
                double first = firstMoment.get(row, col) * (double) step.beta1() + grad * (1 - (double) step.beta1());
                double second =
                        secondMoment.get(row, col) * (double) step.beta2() + grad * grad * (1 - (double) step.beta2());
                double change = step.learningRate()
                        * (first / firstCorrection)
                        / (Math.sqrt(second / secondCorrection) + step.epsilon());
                firstMoment.set(row, col, (float) first);
                secondMoment.set(row, col, (float) second);
                parameter.set(row, col, (float) (parameter.get(row, col) - change));
            }
        }
    }

    @Override
    public void close() {}
}
