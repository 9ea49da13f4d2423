package org.unweave.cluster.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.model.file.Durable;
import org.unweave.model.file.Sha256;

/**
 * Fetches a file from another node's {@link FileRoutes} and checks its size and checksum. What came lies beside the
 * target until it is whole and right; a pull that is cut off goes on from there, at once as long as each try brings
 * something, and otherwise when it is asked again. One pull of a target at a time.
 */
public final class FilePull {
    private static final Logger LOG = LoggerFactory.getLogger(FilePull.class);
    private static final Duration STALL = Duration.ofSeconds(60);
    private static final int CHUNK_BYTES = 1 << 17;
    private static final int WHOLE = 200;
    private static final int UNSATISFIABLE = 416;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");

    private final ControlClient node;
    private final Duration stall;

    public FilePull(ControlClient node) {
        this(node, STALL);
    }

    FilePull(ControlClient node, Duration stall) {
        this.node = node;
        this.stall = stall;
    }

    /**
     * Fetches a file, or does nothing where the target is that file already.
     *
     * @param path on the node: {@link FileRoutes#path}
     * @param target replaced, if it is another file; its folder is made
     * @param sha256 in lower-case hexadecimal
     * @throws ControlException if the node cannot be reached or refuses, or if the file is of another size or checksum;
     *     the message names both. The target is then as it was
     * @throws UncheckedIOException if the target cannot be written
     */
    public void pull(String path, Path target, long sizeBytes, String sha256) {
        try {
            if (isFile(target, sizeBytes, sha256)) {
                return;
            }
            Path part = Durable.unfinished(target.toAbsolutePath());
            Files.createDirectories(part.resolveSibling(""));
            // What lies there may be of another file, so it is given one chance only.
            boolean found = size(part) > 0;
            String actual = fetch(path, part, sizeBytes);
            if (!actual.equals(sha256) && found) {
                Files.delete(part);
                actual = fetch(path, part, sizeBytes);
            }
            if (!actual.equals(sha256)) {
                Files.delete(part);
                throw new ControlException(
                        path + " of " + node.address() + " has sha256 " + actual + ", where " + sha256
                                + " is expected (" + sizeBytes
                                + " bytes); what came was thrown away, the file there is damaged or another",
                        WHOLE);
            }
            Durable.finish(part, target.toAbsolutePath());
        } catch (IOException e) {
            throw new UncheckedIOException(target + " cannot be written (" + e + ")", e);
        }
    }

    /**
     * Fetches a file of which no reference says size and checksum, after asking the node for them. They guard the way
     * here, and no more: the file is what the node has.
     *
     * @throws ControlException as {@link #pull(String, Path, long, String)}
     * @throws UncheckedIOException if the target cannot be written
     */
    public void pull(String path, Path target) {
        JsonNode described = node.get(FileRoutes.described(path));
        pull(
                path,
                target,
                described.path(FileRoutes.SIZE).asLong(),
                described.path(FileRoutes.CHECKSUM).asText());
    }

    /** Fetches what is missing of a file and returns the checksum of the whole. */
    private String fetch(String path, Path part, long sizeBytes) throws IOException {
        if (size(part) > sizeBytes) {
            Files.delete(part);
        }
        requireSpace(part, sizeBytes - size(part));
        for (long before = size(part); before < sizeBytes; before = size(part)) {
            Optional<IOException> cut = transfer(path, part, before, sizeBytes);
            long after = size(part);
            if (after <= before) {
                throw new ControlException(
                        path + " of " + node.address() + " broke off after " + after + " of " + sizeBytes + " bytes"
                                + cut.map(reason -> " (" + reason.getMessage() + ")")
                                        .orElse("")
                                + "; ask again, it goes on from there",
                        cut.orElse(null));
            }
            cut.ifPresent(reason -> LOG.info("{} broke off after {} of {} bytes and goes on", path, after, sizeBytes));
        }
        if (sizeBytes == 0) {
            Files.write(part, new byte[0]);
        }
        return Sha256.of(part);
    }

    /** One try; returns why it ended early, if it did. */
    private Optional<IOException> transfer(String path, Path part, long offset, long sizeBytes) throws IOException {
        HttpResponse<InputStream> response = open(path, offset, sizeBytes);
        try (InputStream in = response.body();
                Patience patience = new Patience(in, stall)) {
            boolean whole = response.statusCode() == WHOLE;
            requireSame(path, response, offset, sizeBytes);
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.truncate(whole ? 0 : offset);
                channel.position(whole ? 0 : offset);
                return copy(in, channel, patience);
            }
        }
    }

    private static Optional<IOException> copy(InputStream in, FileChannel channel, Patience patience)
            throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        while (true) {
            int read;
            try {
                read = in.read(chunk);
            } catch (IOException e) {
                return Optional.of(e);
            }
            if (read < 0) {
                return Optional.empty();
            }
            patience.renew();
            Durable.writeFully(channel, ByteBuffer.wrap(chunk, 0, read));
        }
    }

    private HttpResponse<InputStream> open(String path, long offset, long sizeBytes) {
        try {
            return node.open(path, offset);
        } catch (ControlException e) {
            if (e.status() == UNSATISFIABLE) {
                throw new ControlException(
                        path + " of " + node.address() + " has no more than " + offset + " bytes, where " + sizeBytes
                                + " are expected",
                        UNSATISFIABLE);
            }
            throw e;
        }
    }

    private void requireSame(String path, HttpResponse<InputStream> response, long offset, long sizeBytes) {
        long size = response.headers().firstValueAsLong("Content-Length").orElse(-1);
        if (response.statusCode() != WHOLE) {
            Matcher range = CONTENT_RANGE.matcher(
                    response.headers().firstValue("Content-Range").orElse(""));
            if (!range.matches() || Long.parseLong(range.group(1)) != offset) {
                throw new ControlException(
                        path + " of " + node.address() + " came from another place than byte " + offset,
                        response.statusCode());
            }
            size = Long.parseLong(range.group(2));
        }
        if (size != sizeBytes) {
            throw new ControlException(
                    path + " of " + node.address() + " has " + size + " bytes, where " + sizeBytes + " are expected",
                    response.statusCode());
        }
    }

    private static void requireSpace(Path part, long bytes) throws IOException {
        long free = Files.getFileStore(part.resolveSibling("")).getUsableSpace();
        if (free < bytes) {
            throw new IOException(bytes + " bytes are to come, and " + free + " are free on the disk");
        }
    }

    private static boolean isFile(Path target, long sizeBytes, String sha256) throws IOException {
        return Files.isRegularFile(target)
                && Files.size(target) == sizeBytes
                && Sha256.of(target).equals(sha256);
    }

    private static long size(Path part) throws IOException {
        return Files.exists(part) ? Files.size(part) : 0;
    }
}
