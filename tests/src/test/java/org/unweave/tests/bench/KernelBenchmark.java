package org.unweave.tests.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.FeatureRows;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;

/** The kernels of a step one by one, at the sizes of {@code bench step}. Started by {@code tests/bench/kernels}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Dorg.bytedeco.javacpp.maxbytes=0",
            "-Dorg.bytedeco.javacpp.maxphysicalbytes=0"
        })
public class KernelBenchmark {
    @Param("2048")
    int rows;

    @Param("512")
    int width;

    @Param("8192")
    int features;

    @Param("64")
    int k;

    @Param({"1", "2"})
    int threads;

    private Device device;
    private Ops ops;
    private Mat xBD;
    private Mat encFD;
    private Mat bias1F;
    private Mat preBF;
    private Mat outBD;
    private Mat gradientFD;
    private Mat firstFD;
    private Mat secondFD;
    private Codes codes;
    private float[] codeGradients;
    private long updates;

    @Setup
    public void open() {
        device = Device.cpu(threads);
        ops = device.ops();
        xBD = gaussian(rows, width, 1);
        encFD = gaussian(features, width, 2);
        ops.normalizeRows(encFD);
        bias1F = Mat.zeros(1, features);
        preBF = Mat.zeros(rows, features);
        outBD = Mat.zeros(rows, width);
        gradientFD = gaussian(features, width, 3);
        firstFD = Mat.zeros(features, width);
        secondFD = Mat.zeros(features, width);
        codes = new Codes(features);
        encodeTopK();
        codeGradients = new float[codes.entries()];
    }

    private static Mat gaussian(int rows, int cols, long seed) {
        Draws random = new Draws(seed, "benchmark");
        Mat mat = Mat.zeros(rows, cols);
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                mat.set(row, col, (float) (random.gaussian() / Math.sqrt(cols)));
            }
        }
        return mat;
    }

    @TearDown
    public void close() {
        List.of(xBD, encFD, bias1F, preBF, outBD, gradientFD, firstFD, secondFD).forEach(Mat::close);
        device.close();
    }

    /** The product alone, into an array. */
    @Benchmark
    public void multiplyTransposed() {
        ops.multiplyTransposed(xBD, encFD, preBF);
    }

    /** The product and the k largest of each row. */
    @Benchmark
    public final void encodeTopK() {
        ops.encode(xBD, encFD, bias1F, List.of(new Pick.TopK(k, codes)));
    }

    /** The product and the k B largest of the batch. */
    @Benchmark
    public void encodeBatchTopK() {
        ops.encode(xBD, encFD, bias1F, List.of(new Pick.BatchTopK(k * rows, codes)));
    }

    @Benchmark
    public void decode() {
        ops.decode(codes, encFD, null, outBD);
    }

    @Benchmark
    public void addCodeGradients() {
        ops.addCodeGradients(codes, xBD, encFD, codeGradients);
    }

    /** One weight's gradient, its part along the decoder removed. */
    @Benchmark
    public double featureRows() {
        return ops.featureRows(List.of(new FeatureRows(codes, codes.value(), xBD)), encFD, gradientFD);
    }

    /** One weight's update, its rows at norm 1. */
    @Benchmark
    public void adamUnitRows() {
        updates++;
        ops.adamUnitRows(encFD, gradientFD, 1f, firstFD, secondFD, new Ops.AdamStep(0f, 0.9f, 0.999f, 1e-8f, updates));
    }
}
