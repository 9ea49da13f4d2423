package org.unweave.model.data;

/**
 * A file of which only these bytes are accepted.
 *
 * @param requirement the package's name and version, as pip wants them
 * @param fileName the file's name in the bundle's folder
 * @param sha256 of the whole file, in lower-case hex
 * @param sizeBytes of the whole file
 */
public record PinnedFile(String requirement, String fileName, String sha256, long sizeBytes) {
    public PinnedFile {
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(fileName + ": \"" + sha256 + "\" is not a sha256 in lower-case hex");
        }
        if (sizeBytes < 1) {
            throw new IllegalArgumentException(fileName + ": a size of " + sizeBytes + " bytes");
        }
    }
}
