package org.unweave.model.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unweave.config.JobConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;
import org.unweave.model.math.TimedOps;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.Params;

/**
 * Times whole updates of a variant on rows that are sums of 20 of 2 D random directions, and the dense product of the
 * encoder's shape beside them, in turn.
 *
 * <p>A variant whose number of active latents comes by training is first brought to k of them, by its biases or
 * thresholds: at the start half of its latents are active, which is no state that it stays in.
 */
public final class StepBench {
    private static final int BATCHES = 4;
    private static final int DIRECTIONS = 20;
    private static final int WARM_UP = 6;
    private static final int LABELLED_TEXTS = 32;
    private static final int TEXT_ROWS = 16;

    /** Rows of labelled texts in a batch that has some. */
    public static final int LABELLED_ROWS = LABELLED_TEXTS * TEXT_ROWS;

    private static final long RUN_STEPS = 100_000;

    private StepBench() {}

    /** Median and least of several times, in milliseconds. */
    public record Times(double medianMs, double minMs) {
        static Times of(List<Double> millis) {
            List<Double> sorted = millis.stream().sorted().toList();
            return new Times(sorted.get(sorted.size() / 2), sorted.getFirst());
        }
    }

    /**
     * What was measured.
     *
     * @param l0 of the last update
     * @param step a whole update: forward, backward, clip, optimiser
     * @param sgemm the product of the encoder's shape
     * @param phasesMs milliseconds of the kernels in the median of the updates, and {@code other}
     * @param peakBytes the most that is alive at once within an update, beside weights, moments and the batch
     * @param firstPeakBytes the same of the first update, in which half of all latents may be active
     */
    public record Result(
            String variant,
            int rows,
            int width,
            int features,
            int k,
            int threads,
            double l0,
            Times step,
            Times sgemm,
            Map<String, Double> phasesMs,
            long peakBytes,
            long firstPeakBytes) {}

    /** Runs {@code steps} timed updates after a few that are not, without labelled texts. */
    public static Result run(JobConfig job, int rows, int width, int threads, int steps) {
        return run(job, rows, width, threads, steps, false);
    }

    /**
     * The same.
     *
     * @param labelled whether the last {@value #LABELLED_ROWS} rows of each batch are of labelled texts, as a run's default
     *     has them in each fourth
     */
    public static Result run(JobConfig job, int rows, int width, int threads, int steps, boolean labelled) {
        LabelledTexts texts = labelled ? texts(rows) : LabelledTexts.NONE;
        try (Device device = Device.cpu(threads)) {
            StepMemory memory = new StepMemory(device.ops());
            TimedOps timed = new TimedOps(memory.ops());
            List<Mat> batches = new ArrayList<>();
            for (int i = 0; i < BATCHES; i++) {
                batches.add(rows(rows, width, i));
            }
            try (TrainLoop loop = new TrainLoop(new SaeConfig(job, width, RUN_STEPS, rows, 1), timed.ops())) {
                return run(loop, timed, memory, device.ops(), batches, texts, steps, threads);
            } finally {
                batches.forEach(Mat::close);
            }
        }
    }

    private static Result run(
            TrainLoop loop,
            TimedOps timed,
            StepMemory memory,
            Ops ops,
            List<Mat> batches,
            LabelledTexts texts,
            int steps,
            int threads) {
        JobConfig job = loop.config().job();
        int rows = loop.config().batchRows();
        int width = loop.config().width();
        long firstPeak = memory.peakOf(() -> loop.step(batches.getFirst(), texts, false), loop::scratchBytes);
        if (loop.measure(batches.getFirst()).l0() > 1.5 * job.k()) {
            bringTo(job.k(), loop.params(), batches.getFirst(), ops);
        }
        List<Double> stepMs = new ArrayList<>();
        List<Double> sgemmMs = new ArrayList<>();
        Map<String, List<Double>> phases = new TreeMap<>();
        double l0 = 0;
        try (Mat preBF = Mat.zeros(rows, job.features())) {
            for (int i = -WARM_UP; i < steps; i++) {
                Mat xBD = batches.get(Math.floorMod(i, BATCHES));
                timed.takeNanos();
                long start = System.nanoTime();
                l0 = loop.step(xBD, texts, false).l0();
                long taken = System.nanoTime() - start;
                Map<String, Long> kernels = timed.takeNanos();
                start = System.nanoTime();
                ops.multiplyTransposed(xBD, loop.params().encFD(), preBF);
                long product = System.nanoTime() - start;
                if (i >= 0) {
                    stepMs.add(taken / 1e6);
                    sgemmMs.add(product / 1e6);
                    addPhases(kernels, taken, phases);
                }
            }
        }
        long peak = memory.peakOf(() -> loop.step(batches.getFirst(), texts, false), loop::scratchBytes);
        Map<String, Double> medians = new TreeMap<>();
        phases.forEach((name, millis) -> medians.put(name, Times.of(millis).medianMs()));
        return new Result(
                job.variant(),
                rows,
                width,
                job.features(),
                job.k(),
                threads,
                l0,
                Times.of(stepMs),
                Times.of(sgemmMs),
                medians,
                peak,
                firstPeak);
    }

    // 8 texts of each of the four combinations of labels, the probes learning from 6 of these.
    private static LabelledTexts texts(int rows) {
        List<LabelledTexts.Labels> labels = new ArrayList<>();
        for (int text = 0; text < LABELLED_TEXTS; text++) {
            labels.add(new LabelledTexts.Labels(text / 16, text / 8 % 2, text % 8 >= 6));
        }
        return new LabelledTexts(rows - LABELLED_ROWS, TEXT_ROWS, labels);
    }

    private static void addPhases(Map<String, Long> kernels, long taken, Map<String, List<Double>> phases) {
        long rest = taken;
        for (Map.Entry<String, Long> kernel : kernels.entrySet()) {
            phases.computeIfAbsent(kernel.getKey(), name -> new ArrayList<>()).add(kernel.getValue() / 1e6);
            rest -= kernel.getValue();
        }
        phases.computeIfAbsent("other", name -> new ArrayList<>()).add(rest / 1e6);
    }

    /** Such that of all pre-activations of the rows, k a row are above the bar. */
    private static void bringTo(int k, Params params, Mat xBD, Ops ops) {
        Codes codes = new Codes(params.features());
        try (Mat none1F = Mat.zeros(1, params.features())) {
            ops.encode(xBD, params.encFD(), none1F, List.of(new Pick.BatchTopK(k * xBD.rows(), codes)));
        }
        float bar = Float.MAX_VALUE;
        for (int j = 0; j < codes.entries(); j++) {
            bar = Math.min(bar, codes.value()[j]);
        }
        if (params.extraNames().contains("threshold")) {
            params.extra("threshold").fill(bar);
            return;
        }
        params.bEnc1F().fill(-bar);
        if (params.extraNames().contains("b_mag")) {
            params.extra("b_mag").fill(-bar);
        }
    }

    /** Batch {@code batch} of made-up rows, the same each time: [rows, width], a matrix of the caller's. */
    public static Mat rows(int rows, int width, long batch) {
        int directions = 2 * width;
        float[][] unit = new float[directions][width];
        Draws random = new Draws(0, "bench directions");
        for (float[] direction : unit) {
            double square = 0;
            for (int i = 0; i < width; i++) {
                direction[i] = (float) random.gaussian();
                square += direction[i] * direction[i];
            }
            for (int i = 0; i < width; i++) {
                direction[i] /= (float) Math.sqrt(square);
            }
        }
        Draws drawn = new Draws(1, "bench rows", batch);
        Mat xBD = Mat.zeros(rows, width);
        double squares = 0;
        float[] row = new float[width];
        for (int b = 0; b < rows; b++) {
            for (int i = 0; i < width; i++) {
                row[i] = (float) (0.1 * drawn.gaussian());
            }
            for (int j = 0; j < DIRECTIONS; j++) {
                float[] direction = unit[drawn.below(directions)];
                float value = (float) drawn.uniform(0, 3);
                for (int i = 0; i < width; i++) {
                    row[i] += value * direction[i];
                }
            }
            for (float element : row) {
                squares += element * element;
            }
            xBD.setRow(b, row);
        }
        float scale = (float) (1 / Math.sqrt(squares / rows));
        for (int b = 0; b < rows; b++) {
            float[] scaled = xBD.copyRow(b);
            for (int i = 0; i < width; i++) {
                scaled[i] *= scale;
            }
            xBD.setRow(b, scaled);
        }
        return xBD;
    }
}
