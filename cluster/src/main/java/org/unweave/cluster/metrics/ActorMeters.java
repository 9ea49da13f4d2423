package org.unweave.cluster.metrics;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.unweave.actors.Meter;

/** Measures the actors of this process: their mailboxes by {@link MeteredMailbox}, what they do by {@link MeteredBehavior}. */
public final class ActorMeters implements Meter {
    /** Actors that are none of ours are one kind. */
    private static final String OTHER = "other";

    private static final Map<String, KindMeters> KINDS = new ConcurrentHashMap<>();
    private static final Set<MeteredMailbox.Metered> MAILBOXES = ConcurrentHashMap.newKeySet();

    static KindMeters of(String kind) {
        return KINDS.computeIfAbsent(kind, name -> new KindMeters(ProcessMeters.REGISTRY, name));
    }

    static KindMeters of(ActorPath path) {
        return of(ActorKind.of(path).orElse(OTHER));
    }

    static void begins(MeteredMailbox.Metered mailbox) {
        MAILBOXES.add(mailbox);
    }

    static void ends(MeteredMailbox.Metered mailbox) {
        MAILBOXES.remove(mailbox);
    }

    @Override
    public <T> Behavior<T> around(Behavior<T> behavior) {
        return Behaviors.intercept(MeteredBehavior::new, behavior);
    }

    @Override
    public List<ActorUse> actors(int most) {
        return MAILBOXES.stream()
                .map(MeteredMailbox.Metered::use)
                .sorted(Comparator.comparingInt(ActorUse::waiting)
                        .reversed()
                        .thenComparing(ActorUse::kind)
                        .thenComparing(ActorUse::name))
                .limit(most)
                .toList();
    }
}
