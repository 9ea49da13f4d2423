package org.unweave.cluster.events;

import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;

/**
 * What a process that serves keeps for those who ask it: the last events, how all stands, and its log. It ends with its actor
 * system; who listens is let go of before the server closes.
 */
public record ClusterWatch(EventRing events, ClusterState state, LogRing log) {
    private static final int LETTERS_AND_DIGITS = 36;

    /** Listens from now on. */
    public static ClusterWatch begin(ActorSystem<?> system) {
        EventRing events = new EventRing(Long.toString(System.currentTimeMillis(), LETTERS_AND_DIGITS));
        ClusterState state = new ClusterState(System::nanoTime);
        LogRing log = LogRing.begin(
                line -> events.add(Event.Kind.LOG, line.run(), line.severity(), EventJson.text(EventJson.line(line))));
        system.systemActorOf(EventFeed.create(events, state), "events", Props.empty());
        CoordinatedShutdown.get(system).addTask(CoordinatedShutdown.PhaseServiceUnbind(), "events", () -> {
            events.close();
            return CompletableFuture.completedFuture(Done.getInstance());
        });
        system.getWhenTerminated().whenComplete((done, failure) -> log.close());
        return new ClusterWatch(events, state, log);
    }
}
