package org.unweave.cluster.events;

import java.util.Arrays;
import java.util.Optional;

/**
 * Something that has happened, as it is told to whoever listens.
 *
 * @param number rises with each event of the process
 * @param run which it is about; empty where it is about none, and then all who listen to some run hear it too
 * @param severity of a line of the log, as SLF4J's numbers have it, else the highest
 * @param json an object, as text
 */
public record Event(long number, Kind kind, String run, int severity, String json) {
    /** What an event can be. */
    public enum Kind {
        METRICS("metrics", Keep.POINTS),
        TOLD("told", Keep.POINTS),
        NODE("node", Keep.POINTS),
        RUN("run", Keep.CHANGES),
        JOB("job", Keep.CHANGES),
        PLACED("placed", Keep.CHANGES),
        CHECKPOINT("checkpoint", Keep.CHANGES),
        EVALUATED("evaluated", Keep.CHANGES),
        NODE_JOINED("node-joined", Keep.CHANGES),
        NODE_LOST("node-lost", Keep.CHANGES),
        LOG("log", Keep.LINES);

        private final String word;
        private final Keep keep;

        Kind(String word, Keep keep) {
            this.word = word;
            this.keep = keep;
        }

        /** As people write it. */
        public String word() {
            return word;
        }

        Keep keep() {
            return keep;
        }

        public static Optional<Kind> of(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.word.equals(word))
                    .findFirst();
        }
    }

    /** Kinds that are forgotten together, so that many of some do not drive out the few of others. */
    enum Keep {
        POINTS(2048),
        CHANGES(2048),
        LINES(1024);

        private final int most;

        Keep(int most) {
            this.most = most;
        }

        int most() {
            return most;
        }
    }
}
