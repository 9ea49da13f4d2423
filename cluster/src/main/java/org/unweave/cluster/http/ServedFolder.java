package org.unweave.cluster.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A folder of which others may read the files, by names of a narrow form: never what lies outside, whatever links there are. */
record ServedFolder(Path root) {
    // As runs, jobs, checkpoints, reports and stores name their files; hidden files and those being written begin with
    // a dot.
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,199}");

    /** Whether folders and files may be named so. */
    static boolean allNames(List<String> names) {
        return !names.isEmpty()
                && names.stream().allMatch(name -> NAME.matcher(name).matches());
    }

    /** The file by its folders' names and its own; empty where there is none, or none that may be read. */
    Optional<Path> file(List<String> names) {
        if (!allNames(names)) {
            return Optional.empty();
        }
        Path own = root.toAbsolutePath().normalize();
        Path path = own.resolve(String.join("/", names)).normalize();
        if (!path.startsWith(own)) {
            return Optional.empty();
        }
        try {
            Path real = path.toRealPath();
            return real.startsWith(own.toRealPath()) && Files.isRegularFile(real)
                    ? Optional.of(real)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
