package org.unweave.model.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Lets one placement of a job write, the newest: each leaves an empty file that is named by its epoch, and one that finds
 * a higher number than its own is stale and writes no more. No lock is held, so a process that is stopped in the midst
 * holds nobody back.
 *
 * <p>A checkpoint is written aside, {@link #require} is called, and the checkpoint gets its name. A placement that is
 * claimed in between removes what lies aside, so the renaming fails.
 */
final class WriterEpoch {
    private static final Pattern NUMBER = Pattern.compile("\\d{9}");

    private final Path folder;
    private final String job;
    private final int epoch;

    private WriterEpoch(Path folder, String job, int epoch) {
        this.folder = folder;
        this.job = job;
        this.epoch = epoch;
    }

    /**
     * Claims the right to write.
     *
     * @throws StaleEpochException if a later placement has claimed it
     */
    static WriterEpoch claim(Path folder, String job, int epoch) {
        WriterEpoch claimed = new WriterEpoch(folder, job, epoch);
        try {
            Files.createDirectories(folder);
            Files.createFile(folder.resolve(String.format(Locale.ROOT, "%09d", epoch)));
        } catch (FileAlreadyExistsException again) {
            claimed.require(); // By the same placement in an earlier process.
            return claimed;
        } catch (IOException e) {
            throw claimed.failed(e);
        }
        claimed.require();
        claimed.forgetEarlier();
        return claimed;
    }

    /**
     * Returns if this is still the newest placement.
     *
     * @throws StaleEpochException if it is not
     */
    void require() {
        int newest = newest(folder);
        if (newest > epoch) {
            throw new StaleEpochException(job, epoch, newest);
        }
    }

    /** The newest placement that has claimed the folder; -1 where none has. */
    static int newest(Path folder) {
        if (!Files.isDirectory(folder)) {
            return -1;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> NUMBER.matcher(name).matches())
                    .mapToInt(Integer::parseInt)
                    .max()
                    .orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + " cannot be read", e);
        }
    }

    private void forgetEarlier() {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (NUMBER.matcher(name).matches() && Integer.parseInt(name) < epoch) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private UncheckedIOException failed(IOException e) {
        return new UncheckedIOException("the placement of " + job + " cannot be written to " + folder, e);
    }
}
