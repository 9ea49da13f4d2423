package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Gradient;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Term;

/** Analytic gradients against the central differences of a {@link LossOracle}. */
public final class GradientCheck {
    /**
     * Of the largest element of a tensor. Each element is a sum of a few hundred products in float32, whose rounding is
     * 6e-8 of the terms' size; a wrong factor or a missing part is off by orders more.
     */
    private static final double TOLERANCE = 1e-5;

    private GradientCheck() {}

    /** Weights away from every special point: biases that are not 0, encoder rows that are not the decoder's. */
    public static Params weights(int features, int width, long seed) {
        return weights(features, width, List.of(), seed);
    }

    /** As above, with further weights of one number per feature. */
    public static Params weights(int features, int width, List<String> extras, long seed) {
        Random random = new Random(seed);
        Params params = Params.zeros(features, width, extras);
        for (Mat mat : params.all()) {
            boolean bias = mat.rows() == 1;
            for (int row = 0; row < mat.rows(); row++) {
                for (int col = 0; col < mat.cols(); col++) {
                    mat.set(row, col, (float) (random.nextGaussian() * (bias ? 0.1 : 1 / Math.sqrt(width))));
                }
            }
        }
        normalizeRows(params.decFD());
        return params;
    }

    /** Gaussian rows whose mean squared norm is near 1. */
    public static Mat batch(int rows, int width, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * width];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt(width));
        }
        return Mat.of(rows, width, values);
    }

    private static void normalizeRows(Mat mat) {
        for (int row = 0; row < mat.rows(); row++) {
            float[] values = mat.copyRow(row);
            double norm = 0;
            for (float value : values) {
                norm += (double) value * value;
            }
            for (int col = 0; col < values.length; col++) {
                mat.set(row, col, (float) (values[col] / Math.sqrt(norm)));
            }
        }
    }

    /** A step's own forward pass, for a term to be tried apart from any SAE. */
    public static Forward forward(Mat xBD, Params params, Activation activation, Workspace workspace, Term... terms) {
        Ops ops = workspace.ops();
        Mat inputBD = Mat.zeros(xBD.rows(), xBD.cols());
        Mat errorBD = Mat.zeros(xBD.rows(), xBD.cols());
        Codes codes = new Codes(params.features());
        if (activation.centresInput()) {
            ops.subtractRow(xBD, params.bDec1D(), inputBD);
        } else {
            inputBD.copyFrom(xBD);
        }
        List<Pick> picks = new ArrayList<>();
        picks.add(activation.pick(params, xBD.rows(), 0, codes, workspace));
        for (Term term : terms) {
            term.pick(0).ifPresent(picks::add);
        }
        ops.encode(inputBD, params.encFD(), params.bEnc1F(), picks);
        activation.activate(params, codes);
        ops.decodeError(codes, params.decFD(), params.bDec1D(), xBD, errorBD);
        return new Forward(0, xBD, inputBD, codes, errorBD, params, workspace);
    }

    /** The gradient of one term alone, carried to the weights as a step does. */
    public static double[] gradient(Term term, Forward forward) {
        Params params = forward.params();
        Ops ops = forward.workspace().ops();
        try (Gradient gradient = new Gradient(params.features(), params.width(), params.extraNames())) {
            gradient.clear(forward.codes());
            term.add(forward, gradient);
            gradient.addEncoder(forward.codes(), gradient.codes(), forward.inputBD(), ops);
            gradient.gather(params, true, true, Mat.zeros(1, params.width()), ops);
            return LossOracle.flat(gradient.weights());
        }
    }

    /** Every element of every tensor is that of the oracle's central differences. */
    public static void assertMatches(double[] gradient, LossOracle oracle, ToDoubleFunction<double[]> loss) {
        assertMatches(gradient, oracle, oracle.gradient(loss));
    }

    /** Every element of every tensor is the expected one. */
    public static void assertMatches(double[] gradient, LossOracle oracle, double[] expected) {
        for (String name : Params.NAMES) {
            assertClose(name, oracle.part(name, gradient), oracle.part(name, expected));
        }
    }

    /** Every element of every tensor, those beyond the usual four too, is the expected one, in the order of the tensors. */
    public static void assertMatches(Params gradient, double[] expected) {
        int from = 0;
        for (int i = 0; i < gradient.all().size(); i++) {
            double[] got = LossOracle.doubles(gradient.all().get(i).toArray());
            assertClose(gradient.names().get(i), got, Arrays.copyOfRange(expected, from, from + got.length));
            from += got.length;
        }
        assertThat(from).isEqualTo(expected.length);
    }

    private static void assertClose(String name, double[] got, double[] wanted) {
        double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
        assertThat(got)
                .as("gradient of %s, largest element %s", name, largest)
                .containsExactly(wanted, within(Math.max(TOLERANCE * largest, 1e-9)));
    }
}
