package org.unweave.cluster;

import com.typesafe.config.ConfigFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.Supervisor;
import org.unweave.config.RuleConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.model.Progress;
import org.unweave.model.math.Cuda;

/** A run in this one process. No port is open but the one where it is watched, if that is wanted. */
public final class LocalRun {
    private final RunConfig config;
    private final Progress progress;
    private final @Nullable LocalHttp http;
    private final AtomicReference<@Nullable ActorSystem<LocalGuardian.Command>> system = new AtomicReference<>();
    private final AtomicBoolean stopping = new AtomicBoolean();

    public LocalRun(RunConfig config, Progress progress) {
        this(config, progress, null);
    }

    /** @param http where it is watched and commanded; null where it is not */
    public LocalRun(RunConfig config, Progress progress, @Nullable LocalHttp http) {
        this.config = config;
        this.progress = progress;
        this.http = http;
    }

    /** Prepares what is not there yet, trains and judges all jobs, and returns when the run is over. */
    public Supervisor.RunEnded run() {
        try (PreparedRun prepared = PreparedRun.prepare(config, progress);
                RunHooks hooks = new RunHooks();
                PreparedRuns runs = new PreparedRuns(text -> config, (again, files) -> prepared)) {
            CompletableFuture<Supervisor.RunEnded> outcome = new CompletableFuture<>();
            ActorSystem<LocalGuardian.Command> started = ActorSystem.create(
                    LocalGuardian.create(config, runs, hooks, progress, http, outcome),
                    "unweave",
                    ConfigFactory.load("application-local"));
            system.set(started);
            // Pekko ends the system on an error that is fatal to it; the outcome must not be waited for then.
            started.getWhenTerminated()
                    .whenComplete((done, failure) -> outcome.completeExceptionally(new IllegalStateException(
                            "the actors ended before the run did; the reason is in unweave.log")));
            if (stopping.get()) {
                started.tell(LocalGuardian.Stop.INSTANCE);
            }
            try {
                return outcome.get();
            } finally {
                started.terminate();
                started.getWhenTerminated().toCompletableFuture().join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("the run was interrupted", e);
        } catch (ExecutionException e) {
            throw new RunException(reason(e), e);
        }
    }

    /** Refuses to train on cards of this machine that cannot be trained on. */
    public static void requireCards(SlotsConfig slots) {
        if (slots.device() == SlotsConfig.Kind.CUDA) {
            Cuda.Found found = Cuda.look();
            for (int card : slots.cuda()) {
                Cuda.refusal(found, card).ifPresent(reason -> {
                    throw new RunException("card " + card + " of slots.cuda is refused: " + reason
                            + "; a run on the CPU has slots.device = cpu");
                });
            }
        }
    }

    /** Refuses rules that would pause a job where nobody can resume it. */
    public static void requireNoPause(RunConfig config) {
        for (RuleConfig rule : config.rules()) {
            if (rule.then() == RuleConfig.Action.PAUSE) {
                throw new RunException(
                        "the rule " + rule + " pauses a job, and in a run of one process nobody could have it"
                                + " go on; take then = stop, or submit the run to a node");
            }
        }
    }

    private static String reason(ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return String.valueOf(cause.getMessage());
    }

    /**
     * Has the run write its checkpoints and end; safe from any thread.
     *
     * @return whether jobs are there to write any; if not, there is nothing to wait for
     */
    public boolean stop() {
        stopping.set(true);
        ActorSystem<LocalGuardian.Command> started = system.get();
        if (started == null) {
            return false;
        }
        started.tell(LocalGuardian.Stop.INSTANCE);
        return true;
    }
}
