package org.unweave.model.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One writer at a time, among the threads of this process and among processes. The lock of a process that dies is
 * free; the lock's file stays, since deleting it would let two processes lock two files of one name.
 */
public final class FolderLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FolderLock.class);
    // A file lock is held by the whole process, so threads need a lock of their own before it.
    private static final ConcurrentMap<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final ReentrantLock threads;
    private final FileChannel channel;

    private FolderLock(ReentrantLock threads, FileChannel channel) {
        this.threads = threads;
        this.channel = channel;
    }

    /** Waits until this thread is the only one that holds the lock. */
    public static FolderLock acquire(Path lockFile) throws IOException {
        ReentrantLock threads =
                THREADS.computeIfAbsent(lockFile.toAbsolutePath().normalize(), path -> new ReentrantLock());
        threads.lock();
        try {
            FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock(channel, lockFile);
            return new FolderLock(threads, channel);
        } catch (IOException | RuntimeException e) {
            threads.unlock();
            throw e;
        }
    }

    @SuppressWarnings("resource") // the lock lives as long as its channel
    private static void lock(FileChannel channel, Path lockFile) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                LOG.info("waiting for another process to let go of {}", lockFile);
                channel.lock();
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            threads.unlock();
        }
    }
}
