package org.unweave.eval;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.math.Device;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.train.TrainLoop;

/**
 * Judges one checkpoint after another by a run's evaluations, and stores each report in the run's folder. A report that
 * is there already is left as it is.
 *
 * <p>Call order: {@link #take}, then {@link #evaluate} for each of {@link #evaluations}. One caller at a time.
 */
public final class Judge implements AutoCloseable {
    private final String run;
    private final Path runFolder;
    private final Device device;
    private final List<Evaluation> evaluations;
    private final Supplier<FrozenSae> control;
    private @Nullable Task task;
    private @Nullable Subject subject;

    private record Task(String job, long step, @Nullable CheckpointRef checkpoint) {}

    /**
     * @param evaluations computing on the device, which is closed with this
     * @param control makes the random SAE that is judged where no checkpoint is given
     */
    public Judge(String run, Path runFolder, Device device, List<Evaluation> evaluations, Supplier<FrozenSae> control) {
        this.run = run;
        this.runFolder = runFolder;
        this.device = device;
        this.evaluations = List.copyOf(evaluations);
        this.control = control;
    }

    /** Their names, in the order in which they are to be made. */
    public List<String> evaluations() {
        return evaluations.stream().map(Evaluation::name).toList();
    }

    /** Says what is judged next: a checkpoint, or the control where it is null. It is opened when it is needed. */
    public void take(String job, long step, @Nullable CheckpointRef checkpoint) {
        release();
        task = new Task(job, step, checkpoint);
    }

    private Subject open(Task taken) {
        CheckpointRef checkpoint = taken.checkpoint();
        if (checkpoint == null) {
            return new Subject(run, taken.job(), taken.step(), "random", 0, control.get());
        }
        Checkpoint opened = Checkpoint.open(Path.of(URI.create(checkpoint.uri())));
        FrozenSae sae = TrainLoop.frozen(opened, device.ops());
        long rows = taken.step() * opened.manifest().batchRows();
        return new Subject(
                run, taken.job(), taken.step(), opened.manifest().job().variant(), rows, sae);
    }

    /** Makes one evaluation, stores its report, and returns its headline; an empty one where the report was there. */
    public Map<String, Double> evaluate(String name) {
        Task taken = task;
        if (taken == null) {
            throw new IllegalStateException("nothing was taken to be evaluated");
        }
        if (Files.exists(EvalReport.file(runFolder, name, run, taken.job(), taken.step()))) {
            return Map.of();
        }
        Evaluation evaluation = evaluations.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no evaluation is named " + name));
        if (subject == null) {
            subject = open(taken);
        }
        EvalReport report = evaluation.evaluate(subject);
        report.write(runFolder);
        return report.headline();
    }

    private void release() {
        if (subject != null) {
            subject.sae().close();
            subject = null;
        }
    }

    @Override
    public void close() {
        release();
        device.close();
    }
}
