package org.unweave.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The texts that a configuration is read from. An {@code include} takes a preset's name or a path relative to the file
 * that it stands in, and one that finds nothing is a problem: the parser's own rule would read on without it, and the
 * run would then silently go with the defaults.
 */
final class Sources {
    static final List<String> PRESETS = List.of("quick", "references", "runs", "smoke");
    private static final String SUFFIX = ".conf";

    private final Problems problems;

    Sources(Problems problems) {
        this.problems = problems;
    }

    /**
     * @param name the preset's name, or the file's without its ending
     * @param place how problems call it
     * @param folder where includes are looked for; null inside a preset
     */
    private record Source(
            String name,
            String place,
            String text,
            @Nullable Path folder) {}

    /** A source's keys, under the name of the preset or file. */
    record Parsed(String name, Config config) {}

    /** The defaults. A reference.conf of the same name lies in other jars too, so they are read merged and ours is cut out. */
    static Config reference() {
        Config all = ConfigFactory.parseResources(Sources.class.getClassLoader(), "reference.conf");
        Config ours = ConfigFactory.empty();
        for (String key : ConfigReader.KEYS) {
            ours = ours.withValue(key, all.getValue("unweave." + key));
        }
        return ours;
    }

    /** Parses a preset or a file; nothing, and a note, where it cannot. */
    Parsed parse(String presetOrFile) {
        Source source = find(presetOrFile, null);
        if (source == null) {
            List<String> near = new ArrayList<>(PRESETS);
            problems.add(
                    presetOrFile,
                    "is neither a preset nor a file" + Keys.suggestion(presetOrFile, near) + " Presets are "
                            + String.join(", ", PRESETS) + "; a file is given by its path, as in ./my" + SUFFIX);
            return new Parsed(presetOrFile, ConfigFactory.empty());
        }
        return new Parsed(source.name, parse(source, List.of()));
    }

    /** Parses a text that includes nothing but presets. */
    Parsed parseText(String text, String place) {
        return new Parsed(place, parse(new Source(place, place, text, null), List.of()));
    }

    private Config parse(Source source, List<String> including) {
        List<String> chain = new ArrayList<>(including);
        chain.add(source.place);
        ConfigParseOptions options = ConfigParseOptions.defaults()
                .setSyntax(ConfigSyntax.CONF)
                .setOriginDescription(source.place)
                .setIncluder(new Includer(source, chain));
        try {
            return ConfigFactory.parseString(source.text, options);
        } catch (ConfigException e) {
            problems.add(source.place, e);
            return ConfigFactory.empty();
        }
    }

    private static @Nullable Source find(String presetOrFile, @Nullable Path folder) {
        if (PRESETS.contains(presetOrFile)) {
            String resource = "presets/" + presetOrFile + SUFFIX;
            return new Source(presetOrFile, resource, resource(resource), null);
        }
        Path path = folder == null ? Path.of(presetOrFile) : folder.resolve(presetOrFile);
        if (!Files.isRegularFile(path)) {
            return null;
        }
        String file = String.valueOf(path.getFileName());
        String name = file.endsWith(SUFFIX) ? file.substring(0, file.length() - SUFFIX.length()) : file;
        return new Source(
                name, path.toString(), text(path), path.toAbsolutePath().getParent());
    }

    private static String text(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new InvalidConfigException(List.of(path + ": cannot be read as UTF-8 text: " + e));
        }
    }

    private static String resource(String name) {
        try (InputStream stream = Sources.class.getClassLoader().getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    /** Answers the includes of one source. */
    private final class Includer
            implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
        private final Source source;
        private final List<String> chain;

        Includer(Source source, List<String> chain) {
            this.source = source;
            this.chain = chain;
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            Source found = source.folder == null && !PRESETS.contains(what) ? null : find(what, source.folder);
            if (found == null) {
                return refuse(what, "is neither a preset nor a file beside this one");
            }
            if (chain.contains(found.place)) {
                return refuse(what, "includes itself: " + String.join(" -> ", chain) + " -> " + found.place);
            }
            return parse(found, chain).root();
        }

        @Override
        public ConfigObject includeFile(ConfigIncludeContext context, File what) {
            return include(context, what.getPath());
        }

        @Override
        public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
            return refuse(what.toString(), "is a URL; include a preset or a file");
        }

        @Override
        public ConfigObject includeResources(ConfigIncludeContext context, String what) {
            return refuse(what, "is looked for on the class path; include a preset or a file");
        }

        @Override
        public ConfigIncluder withFallback(ConfigIncluder fallback) {
            return this; // the parser's own includer ignores what it does not find
        }

        private ConfigObject refuse(String what, String why) {
            problems.add(source.place + ":" + line(what), "include \"" + what + "\": " + why);
            return ConfigFactory.empty().root();
        }

        /** The parser does not tell an includer the line. */
        private int line(String what) {
            List<String> lines = source.text.lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).contains("include") && lines.get(i).contains(what)) {
                    return i + 1;
                }
            }
            return 1;
        }
    }
}
