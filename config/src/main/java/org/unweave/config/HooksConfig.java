package org.unweave.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Who is told of what happens to a run. Each event is JSON, to the command's input and as the webhook's body.
 *
 * @param on the events that are told; none tells of nothing
 * @param command a program and its arguments; empty for none
 * @param webhook an address that is posted to; empty for none
 * @param timeout after which a program is ended and an answer not waited for
 */
public record HooksConfig(List<Event> on, List<String> command, String webhook, Duration timeout) {
    /** What may happen to a run. */
    public enum Event {
        /** A job has used up its restarts. */
        JOB_FAILED,
        /** A node that trained a job is gone; once for each such job. */
        NODE_LOST,
        /** Nothing is left to do, or it was stopped. */
        RUN_ENDED,
        /** A rule has paused or stopped a job. */
        RULE_HELD
    }

    public HooksConfig {
        on = List.copyOf(on);
        command = List.copyOf(command);
        Check.distinct("on", on);
        Check.that(command.isEmpty() || !command.getFirst().isBlank(), "command", "its first word names no program");
        Check.that(
                webhook.isEmpty() || isHttp(webhook),
                "webhook",
                "\"" + webhook + "\" is no address of the form http://HOST/PATH or https://HOST/PATH");
        Check.that(
                on.isEmpty() || !command.isEmpty() || !webhook.isEmpty(),
                "on",
                "has events, but there is neither command nor webhook that would be told");
        Check.positive("timeout", timeout);
    }

    /** Whether anything is told. */
    public boolean any() {
        return !on.isEmpty();
    }

    private static boolean isHttp(String text) {
        try {
            URI address = URI.create(text);
            return address.getHost() != null && Set.of("http", "https").contains(String.valueOf(address.getScheme()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
