package org.unweave.cluster.security;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.unweave.model.file.Durable;

/** Files and folders that only their owner may open: made so from the first instant, and refused when they are not so. */
final class PrivateFile {
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OWNER = EnumSet.of(
            PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);
    private static final long MOST_BYTES = 1 << 20;

    private PrivateFile() {}

    /** Writes a new file, forced to the disk; fails where there is one. */
    static void write(Path file, String text) throws IOException {
        Set<StandardOpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(file, fresh, PosixFilePermissions.asFileAttribute(FILE))) {
            Durable.writeFully(channel, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
    }

    /** Makes a folder; fails where there is one. */
    static void makeFolder(Path folder) throws IOException {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(FOLDER));
    }

    /**
     * Reads a secret.
     *
     * @throws AccessException if there is no such file, if group or others have any right to it, or if it is empty
     */
    static String readSecret(Path file) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (!OWNER.containsAll(permissions)) {
                throw new AccessException(
                        file + " is open to others than its owner (" + PosixFilePermissions.toString(permissions)
                                + "); close it by chmod 600, and make it anew if someone may have read it");
            }
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return read(file);
    }

    /**
     * Reads what is no secret.
     *
     * @throws AccessException if there is no such file, or if it is empty
     */
    static String read(Path file) {
        try {
            long sizeBytes = Files.size(file);
            if (!Files.isRegularFile(file) || sizeBytes > MOST_BYTES) {
                throw new AccessException(file + " is no file of at most " + MOST_BYTES + " bytes");
            }
            String text = Files.readString(file, StandardCharsets.UTF_8);
            if (text.isBlank()) {
                throw new AccessException(file + " is empty; make it anew by bin/unweave keys");
            }
            return text;
        } catch (NoSuchFileException e) {
            throw missing(file, e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static AccessException missing(Path file, IOException cause) {
        return new AccessException("there is no " + file + "; make it by bin/unweave keys", cause);
    }

    private static AccessException unreadable(Path file, IOException cause) {
        return new AccessException(file + " cannot be read (" + cause + ")", cause);
    }
}
