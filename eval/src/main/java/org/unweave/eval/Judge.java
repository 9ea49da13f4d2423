package org.unweave.eval;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Device;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.train.TrainLoop;

/**
 * Judges one checkpoint after another, and stores each report in a folder. A report that is there already is left as it
 * is if it was made of the same SAE, texts, model and settings; one of others is made anew.
 *
 * <p>Call order: {@link #take}, then {@link #evaluate} for each of {@link #evaluations}, {@link #snapshot} where the
 * attribution was among them. One caller at a time.
 */
public final class Judge implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Judge.class);

    private final Path folder;
    private final Device device;
    private final List<Evaluation> evaluations;
    private final String label;
    private final Function<Control, FrozenSae> controls;
    private final RunMirror mirror;
    private @Nullable Task task;
    private @Nullable Subject subject;
    private String saeFingerprint = "";

    private record Task(
            String run, String job, long step, @Nullable CheckpointRef checkpoint) {}

    /**
     * @param folder where {@code evals} is
     * @param evaluations computing on the device, which is closed with this; {@link EvalSession#attribution} may be among
     *     them
     * @param label ends the name of each report; empty, or as {@code _seed2}
     * @param controls makes what is judged where no checkpoint is given
     */
    public Judge(
            Path folder,
            Device device,
            List<Evaluation> evaluations,
            String label,
            Function<Control, FrozenSae> controls) {
        this(folder, device, evaluations, label, controls, RunMirror.NONE);
    }

    /**
     * The same.
     *
     * @param mirror of the run, where the folder is not its own
     */
    public Judge(
            Path folder,
            Device device,
            List<Evaluation> evaluations,
            String label,
            Function<Control, FrozenSae> controls,
            RunMirror mirror) {
        this.folder = folder;
        this.device = device;
        this.evaluations = List.copyOf(evaluations);
        this.label = label;
        this.controls = controls;
        this.mirror = mirror;
    }

    /** The names of the scheduled ones, in the order in which they are to be made. */
    public List<String> evaluations() {
        return evaluations(Judgement.SCHEDULED);
    }

    /** The names of those that a judgement is of, in the order in which they are to be made. */
    public List<String> evaluations(Judgement judgement) {
        return switch (judgement) {
            case ATTRIBUTION -> List.of(evaluation(AttributionEval.NAME).name());
            case SCHEDULED ->
                evaluations.stream()
                        .map(Evaluation::name)
                        .filter(name -> !name.equals(AttributionEval.NAME))
                        .toList();
        };
    }

    private Evaluation evaluation(String name) {
        return evaluations.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no evaluation is named " + name));
    }

    /** Says what is judged next: a checkpoint, or a control where it is null. It is opened when it is needed. */
    public void take(String run, String job, long step, @Nullable CheckpointRef checkpoint) {
        release();
        task = new Task(run, job, step, checkpoint);
    }

    private Subject open(Task taken) {
        CheckpointRef checkpoint = taken.checkpoint();
        if (checkpoint == null) {
            Control control = Control.ofJob(taken.job())
                    .orElseThrow(() -> new EvaluationException("there is no control named " + taken.job()));
            return new Subject(
                    taken.run(), taken.job(), taken.step(), control.word(), 0, controls.apply(control), label);
        }
        Checkpoint opened = Checkpoint.open(mirror.checkpoint(checkpoint));
        FrozenSae sae = TrainLoop.frozen(opened, device.ops());
        long rows = taken.step() * opened.manifest().batchRows();
        return new Subject(
                taken.run(), taken.job(), taken.step(), opened.manifest().job().variant(), rows, sae, label);
    }

    /**
     * Makes one evaluation, stores its report, and returns its headline; an empty one where the report was there, be it
     * under another label.
     */
    public Map<String, Double> evaluate(String name) {
        if (task == null) {
            throw new IllegalStateException("nothing was taken to be evaluated");
        }
        Evaluation evaluation = evaluation(name);
        if (subject == null) {
            subject = open(task);
            saeFingerprint = subject.fingerprint();
        }
        Path file = EvalReport.file(folder, name, subject.id());
        boolean there = mirror.bring(file);
        Map<String, Double> headline;
        // What is logged meanwhile is of this job.
        try (MDC.MDCCloseable _ = MDC.putCloseable("run", task.run());
                MDC.MDCCloseable _ = MDC.putCloseable("job", task.job())) {
            headline = evaluate(evaluation, subject, file);
        }
        if (!there || !headline.isEmpty()) {
            mirror.give(file);
        }
        return headline;
    }

    /** What the attribution of the checkpoint that was taken found, after it was evaluated. */
    public AttributionSnapshot snapshot() {
        if (subject == null) {
            throw new IllegalStateException("nothing was evaluated");
        }
        return AttributionReport.read(EvalReport.file(folder, AttributionEval.NAME, subject.id()));
    }

    private Map<String, Double> evaluate(Evaluation evaluation, Subject judged, Path file) {
        String name = evaluation.name();
        String fingerprint = fingerprint(evaluation);
        switch (EvalReport.compare(file, fingerprint)) {
            case SAME -> {
                return Map.of();
            }
            case OTHER -> LOG.info("{} was made of another SAE, other texts or other settings, and is made anew", file);
            case NONE -> {}
        }
        if (EvalReport.reuse(folder, name, judged, fingerprint)) {
            return Map.of();
        }
        EvalReport report = evaluation.evaluate(judged);
        report.write(folder, fingerprint);
        return report.headline();
    }

    private String fingerprint(Evaluation evaluation) {
        String all = evaluation.name() + "\n" + evaluation.inputs() + "\n" + saeFingerprint;
        return Sha256.of(all);
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
