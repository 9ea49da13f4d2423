package org.unweave.model.math;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one slot: the caller and {@code threads - 1} helpers.
 *
 * <p>Work is cut into blocks that do not depend on the number of threads, and each block writes its own part of the
 * result, so the bits depend neither on timing nor on the number of threads. One caller at a time.
 */
public final class Team implements AutoCloseable {
    private final int threads;
    private final ExecutorService helpers;

    public Team(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a team of " + threads + " threads");
        }
        this.threads = threads;
        this.helpers = Executors.newFixedThreadPool(
                Math.max(1, threads - 1),
                task -> Thread.ofPlatform().daemon().name("unweave-math").unstarted(task));
    }

    public int threads() {
        return threads;
    }

    /** A block of work: the indices {@code from} to {@code to}, exclusive. */
    @FunctionalInterface
    public interface Block {
        void run(int from, int to);
    }

    /** Runs {@code block} over 0 to {@code count} in pieces of {@code size}, and returns when all are done. */
    public void blocks(int count, int size, Block block) {
        int pieces = (count + size - 1) / size;
        if (threads == 1 || pieces <= 1) {
            for (int piece = 0; piece < pieces; piece++) {
                block.run(piece * size, Math.min(count, (piece + 1) * size));
            }
            return;
        }
        AtomicInteger next = new AtomicInteger();
        Runnable work = () -> {
            for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                block.run(piece * size, Math.min(count, (piece + 1) * size));
            }
        };
        Helper[] asked = new Helper[Math.min(threads - 1, pieces - 1)];
        for (int i = 0; i < asked.length; i++) {
            asked[i] = new Helper(work);
            asked[i].running = helpers.submit(asked[i]);
        }
        @Nullable Throwable failure = null;
        try {
            work.run();
        } catch (RuntimeException | Error e) { // Whoever catches an error frees memory that helpers still write to.
            failure = e;
        }
        for (Helper helper : asked) {
            // One that has not begun finds nothing left to do, and is not waited for.
            if (!helper.begun.compareAndSet(false, true)) {
                failure = await(helper.running, failure);
            }
        }
        switch (failure) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new IllegalStateException(failure);
        }
    }

    private static final class Helper implements Runnable {
        private final Runnable work;
        private final AtomicBoolean begun = new AtomicBoolean();
        private Future<?> running = CompletableFuture.completedFuture(null);

        private Helper(Runnable work) {
            this.work = work;
        }

        @Override
        public void run() {
            if (begun.compareAndSet(false, true)) {
                work.run();
            }
        }
    }

    // A helper that still writes must not outlive the call, so an interrupt waits until it is done.
    private static @Nullable Throwable await(Future<?> helper, @Nullable Throwable failure) {
        boolean interrupted = false;
        @Nullable Throwable first = failure;
        while (true) {
            try {
                helper.get();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                if (first == null) {
                    first = new IllegalStateException("a block of work failed", e.getCause());
                }
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return first;
    }

    @Override
    public void close() {
        helpers.shutdownNow();
    }
}
