package org.unweave.cluster.metrics;

import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.ActorPath;

/** What an actor of ours is, by its place and its name; there are few kinds, however many runs and jobs there are. */
final class ActorKind {
    /** Where they are spawned: at the top, and by those that spawn others. */
    private static final Set<String> PARENTS =
            Set.of("user", "system", "node", "supervisor", "singletonManagersupervisor");

    private static final Set<String> ONE_OF_A_KIND = Set.of(
            "supervisor",
            "checkpoints",
            "results",
            "news",
            "node",
            "slots",
            "metrics",
            "watch",
            "events",
            "dead-letters");

    private static final Set<String> MANY_OF_A_KIND = Set.of("trainer", "evaluator", "feed", "exchange");

    private ActorKind() {}

    /** The kind of the actor at a path; empty where it is none of ours. */
    static Optional<String> of(ActorPath path) {
        String name = path.name();
        if (!PARENTS.contains(path.parent().name())) {
            return Optional.empty();
        }
        if (ONE_OF_A_KIND.contains(name)) {
            return Optional.of(name);
        }
        int dash = name.indexOf('-');
        return dash > 0 && MANY_OF_A_KIND.contains(name.substring(0, dash))
                ? Optional.of(name.substring(0, dash))
                : Optional.empty();
    }
}
