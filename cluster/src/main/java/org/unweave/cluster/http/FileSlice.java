package org.unweave.cluster.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** A part of a file as a stream, which begins at an offset without reading what lies before. */
final class FileSlice {
    private static final int CHUNK_BYTES = 1 << 17;

    private final FileChannel channel;
    private long left;

    private FileSlice(FileChannel channel, long length) {
        this.channel = channel;
        left = length;
    }

    static Source<ByteString, NotUsed> source(Path file, long offset, long length) {
        return Source.unfoldResource(() -> open(file, offset, length), FileSlice::next, slice -> slice.channel.close());
    }

    private static FileSlice open(Path file, long offset, long length) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        channel.position(offset);
        return new FileSlice(channel, length);
    }

    /** Empty at the end, also where the file became shorter: the response then breaks off, and is not taken for whole. */
    private Optional<ByteString> next() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, left));
        if (left == 0 || channel.read(chunk) < 0) {
            return Optional.empty();
        }
        left -= chunk.position();
        return Optional.of(ByteString.fromByteBuffer(chunk.flip()));
    }
}
