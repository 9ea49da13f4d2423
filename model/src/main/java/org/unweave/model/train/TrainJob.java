package org.unweave.model.train;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.JobConfig;
import org.unweave.config.LiveKeys;
import org.unweave.config.TrainConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointException;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.checkpoint.Provenance;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.ExchangeRecord;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.Reconstruction;

/**
 * A job on its way: the training loop with its folder. Begins at the newest checkpoint that is whole, or at the start.
 *
 * <p>Call order: {@link #step} with batch {@link #nextBatch}, then {@link #checkpoint} where {@link #checkpointDue}, until
 * {@link #done}. One caller at a time.
 */
public final class TrainJob implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainJob.class);

    /**
     * What a job is made of.
     *
     * @param runFolder the run's folder
     * @param runConfig the run's resolved config, which goes into each checkpoint
     * @param width D
     * @param inputScale what the stored activations were multiplied by
     * @param texts which rows of a batch are of labelled texts
     * @param heldOutBD held-out rows, scaled; shared and not changed
     * @param epoch the job's placement; rises with each restart
     * @param exchange what it may hear of the other jobs, or is to hear, and to change, again
     * @param provenance what the checkpoints say of where they come from
     */
    public record Setup(
            Path runFolder,
            String runConfig,
            TrainConfig train,
            JobConfig job,
            int width,
            double inputScale,
            LongFunction<LabelledTexts> texts,
            Mat heldOutBD,
            int epoch,
            Hearing.Plan exchange,
            Map<String, String> provenance) {

        public Setup {
            provenance = Map.copyOf(provenance);
        }

        SaeConfig saeConfig() {
            return new SaeConfig(job, width, train.steps(), train.batchRows(), inputScale);
        }
    }

    private final Setup setup;
    private final JobFolder folder;
    private final CheckpointFolder checkpoints;
    private final Optional<JobFork> fork;
    private final WriterEpoch writer;
    private final TrainLoop loop;
    private final Ops ops;
    private final MetricsLog metrics;
    private final StepLog told;
    private final Hearing hearing;
    private final Changes changes;
    private final Set<Long> due;
    private final Set<Long> evaluated;
    private List<Told> lastTold = List.of();
    private final List<MetricsLog.Line> lastLines = new ArrayList<>();
    private double seconds;
    private double secondsAtLine;
    private long stepAtLine;
    private double rowsPerSecond;
    private long stepMeasured;
    private @Nullable CheckpointRef newest;
    private double newestFactor;
    // Taken with the measurement of this step, and yet to be written.
    private double @Nullable [] densityF;

    /**
     * Opens a job, from its newest whole checkpoint if there is one, and has no earlier placement of it write any more.
     *
     * @throws StaleEpochException if a later placement works on it
     */
    public TrainJob(Setup setup, Ops ops) {
        this.setup = setup;
        this.folder = new JobFolder(setup.runFolder(), setup.job().name());
        this.checkpoints = folder.checkpoints();
        this.ops = ops;
        this.writer = claim();
        this.fork = JobFork.of(folder);
        this.loop = open(ops);
        this.evaluated = evaluatedSteps(setup.train());
        this.due = dueSteps(setup.train());
        this.metrics = new MetricsLog(folder.metrics(), loop.step(), writer::require);
        this.told = new StepLog(folder.told(), loop.step(), line -> {}, writer::require);
        this.hearing = new Hearing(
                setup.exchange(), setup.job(), attributedSteps(), setup.train().steps(), loop.heard());
        Hearing.Replay replay = setup.exchange().replay();
        this.changes = new Changes(folder, replay == null ? null : replay.changes(), writer::require);
        this.seconds = metrics.lastWallSeconds();
        this.rowsPerSecond = metrics.lastRowsPerSecond();
        this.secondsAtLine = seconds;
        this.stepAtLine = loop.step();
        this.stepMeasured = loop.step();
    }

    private WriterEpoch claim() {
        WriterEpoch claimed = WriterEpoch.claim(folder.placements(), setup.job().name(), setup.epoch());
        folder.removeUnfinished();
        return claimed;
    }

    private TrainLoop open(Ops ops) {
        Optional<CheckpointFolder.Loaded> found = checkpoints.newest();
        if (found.isEmpty() && fork.isPresent()) {
            throw new CheckpointException(
                    "there is no whole checkpoint of " + setup.job().name()
                            + ", which was forked from " + fork.get().parent() + " at step "
                            + fork.get().step() + "; fork it anew");
        }
        if (found.isEmpty()) {
            return new TrainLoop(setup.saeConfig(), ops);
        }
        Checkpoint checkpoint = found.get().checkpoint();
        State state = found.get().state();
        try {
            TrainLoop opened = TrainLoop.of(checkpoint.manifest(), state, ops);
            newest = checkpoint.ref();
            newestFactor = opened.learningRateFactor();
            return opened;
        } finally {
            state.close();
        }
    }

    private static Set<Long> evaluatedSteps(TrainConfig train) {
        Set<Long> steps = new HashSet<>();
        train.evaluateAt().forEach(share -> steps.add(train.stepAt(share)));
        return steps;
    }

    private Set<Long> dueSteps(TrainConfig train) {
        Set<Long> steps = new HashSet<>(evaluated);
        for (double share = train.checkpointShare(); share < 1; share += train.checkpointShare()) {
            steps.add(train.stepAt(share));
        }
        steps.add(train.steps());
        return steps;
    }

    // Of the last checkpoint nothing is learned any more.
    private Set<Long> attributedSteps() {
        Set<Long> steps = new HashSet<>(due);
        steps.remove(setup.train().steps());
        // Of its parent's checkpoints it hears nothing: they are another job's.
        fork.ifPresent(one -> steps.removeIf(step -> step < one.step()));
        return setup.job().awaitsAttribution() ? steps : Set.of();
    }

    /**
     * Takes what others tell; it is heard before an update that the run's config decides.
     *
     * @return whether it may be heard
     */
    public boolean hear(Told one) {
        return hearing.receive(one, loop.step());
    }

    /**
     * Takes a change of its settings, to be made before the next update, or later where an interrupted placement has taken
     * one for then. It is on the disk when this returns.
     *
     * @param number counts the changes of the job from 1
     * @return it with its update; nothing where it was taken before, or others are missing before it
     * @throws java.io.UncheckedIOException if it cannot be written, as on a full disk; it is then not taken
     */
    public Optional<JobChange> change(int number, Map<String, String> values) {
        return changes.take(number, values, loop.step());
    }

    /** The changes that it has taken, those of earlier placements included. */
    public List<JobChange> changes() {
        return changes.all();
    }

    /** What is to be there before the next update, and is not; empty where it can be made. */
    public Optional<String> awaited() {
        Optional<String> awaited = hearing.awaited(loop.step());
        if (awaited.isPresent()) {
            hearing.look(setup.runFolder(), loop.step());
        }
        return hearing.awaited(loop.step());
    }

    /** The checkpoint whose attribution is awaited before the next update. */
    public OptionalLong awaitedAttribution() {
        return hearing.awaitedAttribution(loop.step());
    }

    /** What is told to the other jobs, of the last update; asked for once. */
    public List<Told> takeTold() {
        List<Told> taken = lastTold;
        lastTold = List.of();
        return taken;
    }

    /** The lines of metrics since the last update began, written or waiting for room; asked for once. */
    public List<MetricsLog.Line> takeLines() {
        List<MetricsLog.Line> taken = List.copyOf(lastLines);
        lastLines.clear();
        return taken;
    }

    /** Updates so far. */
    public long step() {
        return loop.step();
    }

    public long steps() {
        return setup.train().steps();
    }

    /** The number of the batch that the next update takes. */
    public long nextBatch() {
        return loop.step();
    }

    public boolean done() {
        return loop.done();
    }

    /** Seconds spent in updates, those of earlier attempts included. */
    public double seconds() {
        return seconds;
    }

    /** Over the time up to the last line of metrics. */
    public double rowsPerSecond() {
        return rowsPerSecond;
    }

    public double learningRateFactor() {
        return loop.learningRateFactor();
    }

    /** What the schedule's learning rate is multiplied by from now on. */
    public void setLearningRateFactor(double factor) {
        loop.setLearningRateFactor(factor);
    }

    /**
     * Makes the next update, and writes a line of metrics where one is due.
     *
     * @param xBD batch {@link #nextBatch}; it is not changed
     * @throws DivergedException if a loss or a gradient is NaN or infinite, or the loss has grown far beyond its start
     */
    public LossTerms step(Mat xBD) {
        long start = System.nanoTime();
        lastLines.clear();
        int every = setup.train().metricsEverySteps();
        boolean line = (loop.step() + 1) % every == 0 || loop.step() + 1 == steps();
        changes.at(loop.step()).forEach(loop::change);
        double learningRate = loop.learningRate();
        hearing.take(loop.step()).forEach(loop::hear);
        LabelledTexts texts = setup.texts().apply(loop.step());
        LossTerms loss = loop.step(xBD, texts, line || lastLabelledBeforeLine(texts));
        seconds += (System.nanoTime() - start) / 1e9;
        if (line) {
            rowsPerSecond =
                    (loop.step() - stepAtLine) * setup.train().batchRows() / Math.max(seconds - secondsAtLine, 1e-9);
            secondsAtLine = seconds;
            stepAtLine = loop.step();
            append(MetricsLog.TRAIN, loss, learningRate);
        }
        if (loop.step() % setup.exchange().config().everySteps() == 0) {
            tell();
        }
        return loss;
    }

    // Whoever has not listened looks for statistics in the file.
    private void tell() {
        lastTold = loop.tell();
        for (Told one : lastTold) {
            if (one instanceof EmaStatistics) {
                told.append(ExchangeRecord.line(new ExchangeRecord.Heard(loop.step(), one)));
            }
        }
    }

    // The shares of the terms that act on labelled texts can be measured then only, and the line shows those.
    private boolean lastLabelledBeforeLine(LabelledTexts texts) {
        int every = setup.train().metricsEverySteps();
        long line = Math.min(steps(), (loop.step() / every + 1) * every);
        return !texts.isEmpty()
                && LongStream.range(loop.step() + 1, line)
                        .allMatch(step -> setup.texts().apply(step).isEmpty());
    }

    private void append(String split, LossTerms loss, double learningRate) {
        MetricsLog.Line line = new MetricsLog.Line(
                split,
                loop.step(),
                loop.step() * setup.train().batchRows(),
                seconds,
                loss,
                learningRate,
                rowsPerSecond,
                settings());
        metrics.append(line);
        lastLines.add(line);
    }

    /** What was set while it trained, as it is now. */
    private Map<String, Double> settings() {
        Map<String, Double> settings = new TreeMap<>();
        Set<String> keys = new TreeSet<>();
        loop.changes().forEach(change -> keys.addAll(change.values().keySet()));
        keys.forEach(key -> settings.put(key, LiveKeys.value(loop.config().job(), key)));
        return settings;
    }

    /** Whether the schedule asks for a checkpoint of the present step. */
    public boolean checkpointDue() {
        return due.contains(loop.step());
    }

    /** Whether an evaluator is to look which latents of the checkpoint of the present step tell of the spurious label. */
    public boolean attributionDue() {
        return attributedSteps().contains(loop.step());
    }

    /** Whether the checkpoint of the present step is to be evaluated. */
    public boolean evaluationDue() {
        return evaluated.contains(loop.step());
    }

    /**
     * Measures the held-out rows if this step's were not, writes a checkpoint, removes those that are no longer wanted.
     * Where the newest checkpoint is of this very state, it stays as it is. Where the disk has no room for it, it can be asked
     * for again.
     *
     * @throws StaleEpochException if a later placement works on the job
     */
    public CheckpointRef checkpoint() {
        if (newest != null && newest.step() == loop.step() && newestFactor == loop.learningRateFactor()) {
            return newest;
        }
        try {
            return writeCheckpoint();
        } catch (RuntimeException e) {
            writer.require(); // What a later placement has cleared away cannot be written, and is then not the reason.
            throw e;
        }
    }

    private CheckpointRef writeCheckpoint() {
        if (loop.step() != stepMeasured) {
            stepMeasured = loop.step();
            measure();
        }
        metrics.flush();
        told.flush();
        if (densityF != null) {
            folder.writeFeatures(setup.job(), setup.width(), loop.step(), densityF, writer::require);
            densityF = null;
        }
        State state = new State();
        loop.save(state);
        Map<String, String> provenance = Provenance.of(Clock.systemUTC(), setup.provenance());
        fork.ifPresent(one -> provenance.putAll(one.provenance()));
        Checkpoint written =
                checkpoints.write(loop.manifest(setup.epoch(), provenance), setup.runConfig(), state, writer::require);
        // What lies aside may be a later placement's.
        writer.require();
        Set<Long> wanted = new HashSet<>(evaluated);
        wanted.addAll(hearing.unheard(loop.step()));
        wanted.addAll(folder.keptSteps());
        checkpoints.prune(setup.train().keep(), wanted);
        CheckpointRef ref = written.ref();
        newest = ref;
        newestFactor = loop.learningRateFactor();
        return ref;
    }

    private void measure() {
        append(MetricsLog.HELD_OUT, heldOut(), loop.learningRate());
        if (checkpointDue()) {
            // Only here, since counting starts anew: a checkpoint that someone asked for leaves the state alone.
            densityF = loop.takeDensity();
        }
    }

    // Whole batches only, so that the scratch memory of training serves. The variance is that of all their rows: within
    // a
    // batch, which is a few texts, it is less.
    private LossTerms heldOut() {
        Mat rows = setup.heldOutBD();
        int batch = Math.min(setup.train().batchRows(), rows.rows());
        int batches = rows.rows() / batch;
        double loss = 0;
        double l0 = 0;
        double dead = 0;
        for (int i = 0; i < batches; i++) {
            LossTerms part = loop.measure(rows.rowsView(i * batch, (i + 1) * batch));
            loss += part.loss() / batches;
            l0 += part.l0() / batches;
            dead = part.deadShare();
        }
        double explained = 1 - loss / Math.max(variance(rows.rowsView(0, batches * batch)), 1e-12);
        return new LossTerms(loss, Map.of(Reconstruction.NAME, loss), Map.of(), Map.of(), l0, explained, dead);
    }

    /** {@code mean ||x - x_mean||^2}. */
    private double variance(Mat rowsBD) {
        try (Mat mean1D = Mat.zeros(1, rowsBD.cols())) {
            ops.addColumnSums(1f / rowsBD.rows(), rowsBD, mean1D);
            return ops.sumOfSquares(rowsBD) / rowsBD.rows() - ops.sumOfSquares(mean1D);
        }
    }

    /** The checkpoints that are to be evaluated and are there already, rising. Damaged ones are not among them. */
    public List<CheckpointRef> evaluatedCheckpoints() {
        return checkpointsOf(evaluatedStepsOf(setup.train()));
    }

    /** The same of those whose attribution was not heard yet. */
    public List<CheckpointRef> attributedCheckpoints() {
        return checkpointsOf(hearing.unheard(loop.step()).stream().sorted().toList());
    }

    private List<CheckpointRef> checkpointsOf(List<Long> steps) {
        List<Long> there = checkpoints.steps();
        List<CheckpointRef> refs = new ArrayList<>();
        for (long step : steps) {
            // One beyond the step that this began at was passed over as damaged, and will be written anew.
            if (step <= loop.step() && there.contains(step)) {
                try {
                    refs.add(Checkpoint.open(checkpoints.at(step)).ref());
                } catch (CheckpointException e) {
                    LOG.warn("the checkpoint of step {} is not judged: {}", step, e.getMessage());
                }
            }
        }
        return refs;
    }

    /** The steps whose checkpoints are to be evaluated, rising. */
    public static List<Long> evaluatedStepsOf(TrainConfig train) {
        return evaluatedSteps(train).stream().sorted().toList();
    }

    @Override
    public void close() {
        loop.close();
    }
}
