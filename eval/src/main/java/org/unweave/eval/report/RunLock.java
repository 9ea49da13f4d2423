package org.unweave.eval.report;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Whether another process works in a run's folder. */
final class RunLock {
    private RunLock() {}

    /**
     * Asks for a share of the lock and gives it back at once; nothing is written. What the lock's own process is answered
     * depends on the system, so a process that may hold it must not ask.
     */
    static boolean held(Path run) {
        Path file = run.resolve(".lock");
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true);
            if (lock == null) {
                return true;
            }
            lock.release();
            return false;
        } catch (OverlappingFileLockException ofThisProcess) {
            return true;
        } catch (IOException unknown) {
            return false; // A file system without locks tells nothing.
        }
    }
}
