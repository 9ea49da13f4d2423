package org.unweave.actors;

import java.util.List;
import java.util.ServiceLoader;
import org.apache.pekko.actor.typed.Behavior;

/**
 * Measures the actors of a process. An implementation is found by {@link ServiceLoader}; without one nothing is measured.
 * Safe for concurrent use.
 */
public interface Meter {
    /**
     * An actor and its mailbox.
     *
     * @param name under which it was spawned
     * @param kind what it is, as {@code trainer}; there are few
     * @param waiting messages in its mailbox
     * @param taken messages that it has taken out of it so far
     */
    record ActorUse(String name, String kind, int waiting, long taken) implements Wire {}

    /** The same behaviour, measured. */
    <T> Behavior<T> around(Behavior<T> behavior);

    /** The actors that live now, those with the most messages waiting first; at most {@code most}. */
    List<ActorUse> actors(int most);

    /** The one of this process. */
    static Meter ofProcess() {
        return Found.METER;
    }

    /** Looked for once. */
    final class Found {
        private static final Meter METER =
                ServiceLoader.load(Meter.class).findFirst().orElse(Nothing.INSTANCE);

        private Found() {}
    }

    /** Measures nothing. */
    enum Nothing implements Meter {
        INSTANCE;

        @Override
        public <T> Behavior<T> around(Behavior<T> behavior) {
            return behavior;
        }

        @Override
        public List<ActorUse> actors(int most) {
            return List.of();
        }
    }
}
