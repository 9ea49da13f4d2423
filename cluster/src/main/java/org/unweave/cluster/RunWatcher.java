package org.unweave.cluster;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.ResultLedger;
import org.unweave.actors.Supervisor;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judgement;
import org.unweave.model.Progress;
import org.unweave.model.train.TrainJob;

/** Turns what the jobs and the evaluators tell into the progress that a person sees. */
final class RunWatcher extends AbstractMatchingBehavior<RunWatcher.Command> {
    sealed interface Command {}

    private record Measured(MetricsHub.Measurement measurement) implements Command {}

    private record Judged(ResultLedger.Judged judged) implements Command {}

    private record Key(String job, long step) {}

    private final Progress progress;
    private final long batchRows;
    private final long rowsInAll;
    private final int checkpoints;
    private final Map<String, Long> rows = new HashMap<>();
    private final Set<Key> judged = new HashSet<>();

    private RunWatcher(ActorContext<Command> context, RunConfig config, Progress progress) {
        super(context);
        this.progress = progress;
        this.batchRows = config.train().batchRows();
        this.rowsInAll = config.jobs().size() * config.train().steps() * batchRows;
        int controls = config.eval().controls().size();
        this.checkpoints = config.eval().evaluations().isEmpty()
                ? 0
                : config.jobs().size()
                                * TrainJob.evaluatedStepsOf(config.train()).size()
                        + controls;
    }

    static Behavior<Command> create(
            RunConfig config,
            Progress progress,
            ActorRef<Supervisor.Command> supervisor,
            ActorRef<Supervisor.RunEnded> ended) {
        return Behaviors.setup(context -> {
            supervisor.tell(new Supervisor.Follow(
                    config.name(),
                    ended,
                    context.messageAdapter(MetricsHub.Measurement.class, Measured::new),
                    context.messageAdapter(ResultLedger.Judged.class, Judged::new)));
            return new RunWatcher(context, config, progress);
        });
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Measured measured -> onMeasured(measured.measurement());
            case Judged one -> onJudged(one.judged());
        };
    }

    private Behavior<Command> onMeasured(MetricsHub.Measurement measurement) {
        if (!(measurement instanceof MetricsHub.JobMetrics metrics)) {
            return this;
        }
        rows.put(metrics.job(), metrics.step() * batchRows);
        long done = rows.values().stream().mapToLong(Long::longValue).sum();
        progress.report("training", done, rowsInAll, "rows");
        return this;
    }

    private Behavior<Command> onJudged(ResultLedger.Judged outcome) {
        if (outcome.judgement() == Judgement.SCHEDULED) {
            judged.add(new Key(outcome.job(), outcome.step()));
            progress.report("evaluation", judged.size(), checkpoints, "checkpoints");
        }
        return this;
    }
}
