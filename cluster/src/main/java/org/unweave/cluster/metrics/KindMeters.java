package org.unweave.cluster.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The meters of all actors of a kind. Safe for concurrent use. */
final class KindMeters {
    static final String KIND = "actor";
    static final String MESSAGE = "message";

    /** Further types of messages are counted together. */
    private static final int MOST_TYPES = 64;

    private static final String FURTHER = "other";

    private final MeterRegistry registry;
    private final String kind;
    private final Map<Class<?>, Counter> messages = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger live = new AtomicInteger();
    private final Timer inMailbox;
    private final Timer processing;
    private final Counter failures;
    private final Counter restarts;
    private final Counter deadLetters;

    KindMeters(MeterRegistry registry, String kind) {
        this.registry = registry;
        this.kind = kind;
        inMailbox = timer("unweave.actor.mailbox.time", "How long a message waits in the mailbox.");
        processing = timer("unweave.actor.processing.time", "How long an actor is at a message.");
        failures = counter("unweave.actor.failures", "Messages that ended with an exception.");
        restarts = counter("unweave.actor.restarts", "Actors that began anew after a failure.");
        deadLetters = counter("unweave.actor.dead.letters", "Messages to actors that were not there any more.");
        Gauge.builder("unweave.actor.mailbox.depth", waiting, AtomicInteger::get)
                .description("Messages that wait in mailboxes.")
                .tag(KIND, kind)
                .register(registry);
        Gauge.builder("unweave.actor.live", live, AtomicInteger::get)
                .description("Actors that live now.")
                .tag(KIND, kind)
                .register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .tag(KIND, kind)
                .serviceLevelObjectives(
                        Duration.ofMillis(1),
                        Duration.ofMillis(10),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10))
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).tag(KIND, kind).register(registry);
    }

    void begins() {
        live.incrementAndGet();
    }

    void ends() {
        live.decrementAndGet();
    }

    void put() {
        waiting.incrementAndGet();
    }

    void taken(long waitedNanos) {
        waiting.decrementAndGet();
        inMailbox.record(Duration.ofNanos(waitedNanos));
    }

    /** Messages that nobody takes any more. */
    void left(int messages) {
        waiting.addAndGet(-messages);
    }

    void processed(Object message, long nanos) {
        processing.record(Duration.ofNanos(nanos));
        Counter counter = messages.get(message.getClass());
        if (counter == null) {
            counter = messages.size() < MOST_TYPES
                    ? messages.computeIfAbsent(message.getClass(), type -> messages(name(type)))
                    : messages(FURTHER);
        }
        counter.increment();
    }

    // What the JVM makes at run time has another name each time.
    private static String name(Class<?> type) {
        return type.isHidden() || type.getSimpleName().isEmpty() ? FURTHER : type.getSimpleName();
    }

    private Counter messages(String type) {
        return Counter.builder("unweave.actor.messages")
                .description("Messages that were processed.")
                .tag(KIND, kind)
                .tag(MESSAGE, type)
                .register(registry);
    }

    void failed() {
        failures.increment();
    }

    void restarted() {
        restarts.increment();
    }

    void deadLetter() {
        deadLetters.increment();
    }
}
