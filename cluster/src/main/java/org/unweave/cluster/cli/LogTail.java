package org.unweave.cluster.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole lines of a file, as they come. A file that was put in the place of the one that was read, or was cut, is read
 * from its beginning; what was not read of the one before is lost.
 */
final class LogTail {
    private static final int BLOCK = 1 << 16;

    private final Path file;
    private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
    private long read;
    private @Nullable Object identity;

    LogTail(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    /** The lines that are whole by now and were not given yet; none while there is no such file. */
    List<String> poll() {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            Object now = attributes.fileKey();
            if (attributes.size() < read || now != null && identity != null && !now.equals(identity)) {
                read = 0;
                unfinished.reset();
            }
            identity = now;
            return attributes.size() == read ? List.of() : lines();
        } catch (NoSuchFileException gone) {
            return List.of(); // Between two of them, or not yet there.
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    private List<String> lines() throws IOException {
        List<String> lines = new ArrayList<>();
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(read);
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            for (int count = channel.read(block); count > 0; count = channel.read(block)) {
                read += count;
                for (int i = 0; i < count; i++) {
                    byte one = block.get(i);
                    if (one == '\n') {
                        lines.add(unfinished.toString(StandardCharsets.UTF_8).replace("\r", ""));
                        unfinished.reset();
                    } else {
                        unfinished.write(one);
                    }
                }
                block.clear();
            }
        }
        return lines;
    }
}
