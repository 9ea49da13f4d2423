package org.unweave.actors;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.unweave.config.RuleConfig;
import org.unweave.model.train.MetricsLog;

/**
 * Looks at the measurements of jobs by the rules of their runs, and has the {@link Supervisor} do what follows.
 *
 * <p>Spawned by the supervisor, whose {@link MetricsHub} it listens to. What it has seen is lost with it, so that a rule
 * holds later then, never earlier.
 */
public final class RuleWatcher extends AbstractMatchingBehavior<RuleWatcher.Command> {
    public sealed interface Command {}

    /** Goes by the rules of a run from now on. */
    public record Watch(String run, List<RuleConfig> rules) implements Command {
        public Watch {
            rules = List.copyOf(rules);
        }
    }

    /** The run is over. */
    public record Forget(String run) implements Command {}

    private record Measured(MetricsHub.Measurement measurement) implements Command {}

    private final ActorRef<Supervisor.Command> supervisor;
    private final Map<String, JobRules> runs = new HashMap<>();

    private RuleWatcher(
            ActorContext<Command> context, ActorRef<MetricsHub.Command> hub, ActorRef<Supervisor.Command> supervisor) {
        super(context);
        this.supervisor = supervisor;
        hub.tell(new MetricsHub.Subscribe(context.messageAdapter(MetricsHub.Measurement.class, Measured::new)));
    }

    static Behavior<Command> create(ActorRef<MetricsHub.Command> hub, ActorRef<Supervisor.Command> supervisor) {
        return Behaviors.setup(context -> new RuleWatcher(context, hub, supervisor));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Watch watch -> onWatch(watch);
            case Forget forget -> onForget(forget);
            case Measured measured -> onMeasured(measured.measurement());
        };
    }

    private Behavior<Command> onWatch(Watch watch) {
        if (!watch.rules().isEmpty()) {
            runs.putIfAbsent(watch.run(), new JobRules(watch.rules()));
        }
        return this;
    }

    private Behavior<Command> onForget(Forget forget) {
        runs.remove(forget.run());
        return this;
    }

    // Rules are about the lines of training rows.
    private Behavior<Command> onMeasured(MetricsHub.Measurement measurement) {
        if (!(measurement instanceof MetricsHub.JobMetrics metrics)
                || !metrics.split().equals(MetricsLog.TRAIN)) {
            return this;
        }
        JobRules rules = runs.get(metrics.run());
        if (rules != null) {
            rules.take(metrics)
                    .forEach(held -> supervisor.tell(
                            new Supervisor.FollowRule(metrics.run(), held.job(), held.rule(), held.step())));
        }
        return this;
    }
}
