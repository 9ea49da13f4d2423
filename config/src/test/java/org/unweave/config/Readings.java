package org.unweave.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** Readings on a machine that is the same everywhere: 6 processors, a home, one instant. */
final class Readings {
    static final Path HOME = Path.of("/home/ada");
    static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-24T09:08:07Z"), ZoneOffset.UTC);
    private static final String NO_KEYS = "";

    private Readings() {}

    static RunConfig read(String presetOrFile, Map<String, String> environment, String... overrides) {
        var surroundings = new ConfigReader.Surroundings(environment, HOME, 6, CLOCK);
        return ConfigReader.read(presetOrFile, List.of(overrides), surroundings);
    }

    static RunConfig preset(String name, String... overrides) {
        return read(name, Map.of(), overrides);
    }

    /** The defaults, and the overrides over them. */
    static RunConfig defaults(String... overrides) {
        return text(NO_KEYS, overrides);
    }

    /** A file named study.conf with this text. */
    static RunConfig text(String text, String... overrides) {
        try {
            Path folder = Files.createTempDirectory("config");
            Path file = Files.writeString(folder.resolve("study.conf"), text);
            try {
                return read(file.toString(), Map.of(), overrides);
            } finally {
                Files.delete(file);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The problems of a file with this text, its folder cut off their places. */
    static List<String> problemsOf(String text, String... overrides) {
        var refused = catchThrowableOfType(InvalidConfigException.class, () -> text(text, overrides));
        return refused.problems().stream()
                .map(problem -> problem.replaceAll("^\\S*/(study\\.conf)", "$1"))
                .toList();
    }

    /** The problems of overrides alone, their places cut off. */
    static List<String> problemsOfOverrides(String... overrides) {
        return problemsOf(NO_KEYS, overrides).stream()
                .map(problem -> problem.replaceFirst("^--set \\S+?: ", ""))
                .toList();
    }
}
