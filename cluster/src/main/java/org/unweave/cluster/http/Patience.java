package org.unweave.cluster.http;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a stream that brings nothing for too long. A machine that loses its power does not say so, and whoever reads
 * from it would wait for ever.
 */
final class Patience implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);

    private final InputStream stream;
    private final Duration most;
    private final Thread watcher;
    private volatile long lastNanos = System.nanoTime();

    Patience(InputStream stream, Duration most) {
        this.stream = stream;
        this.most = most;
        watcher = Thread.ofVirtual().name("patience").start(this::watch);
    }

    /** Something came. */
    void renew() {
        lastNanos = System.nanoTime();
    }

    private void watch() {
        try {
            for (Duration left = left(); left.isPositive(); left = left()) {
                Thread.sleep(left);
            }
            stream.close();
        } catch (InterruptedException e) {
            // The reader is done.
            return;
        } catch (IOException e) {
            LOG.debug("a stream that brought nothing for {} could not be closed", most, e);
        }
    }

    private Duration left() {
        return most.minusNanos(System.nanoTime() - lastNanos);
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
