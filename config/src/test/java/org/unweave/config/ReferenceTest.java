package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Pins that every key is explained where its default stands, and that the presets shipped are those offered. */
class ReferenceTest {
    static List<String> lines() {
        try (var stream =
                Objects.requireNonNull(ReferenceTest.class.getClassLoader().getResourceAsStream("reference.conf"))) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyKey_hasAComment() {
        ConfigObject root =
                ConfigFactory.parseString(String.join("\n", lines())).root();
        List<String> keys = new ArrayList<>();
        List<String> bare = new ArrayList<>();
        collect(root, "", keys, bare);
        assertThat(bare).isEmpty();
        assertThat(keys).hasSizeGreaterThan(60);
    }

    @Test
    void everyKey_standsThere() {
        List<String> paths = new ArrayList<>(Keys.leaves(RunConfig.class, "unweave"));
        paths.remove("unweave.preset");
        paths.addAll(Keys.leaves(JobConfig.class, "unweave.job"));
        paths.removeAll(List.of("unweave.job.name", "unweave.job.variant"));
        var reference = ConfigFactory.parseString(String.join("\n", lines()));
        assertThat(paths).allMatch(reference::hasPath);
    }

    @Test
    void presets_areThoseShipped() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/presets"))) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".conf", "")))
                    .containsExactlyInAnyOrderElementsOf(ConfigReader.presets());
        }
    }

    @Test
    void variants_areThoseWithABlock() {
        assertThat(ConfigReader.variants())
                .containsExactly(
                        "attribution-adversarial",
                        "baseline",
                        "batch-topk",
                        "contrastive",
                        "dynamic-margin",
                        "gated",
                        "jump-relu",
                        "matryoshka",
                        "p-anneal",
                        "self-aligned",
                        "standard",
                        "standard-april",
                        "topk");
    }

    private static void collect(ConfigObject block, String path, List<String> keys, List<String> bare) {
        block.forEach((String key, ConfigValue value) -> {
            String full = Keys.join(path, key);
            keys.add(full);
            if (value.origin().comments().stream().allMatch(String::isBlank)) {
                bare.add(full);
            }
            if (value instanceof ConfigObject inner) {
                collect(inner, full, keys, bare);
            }
        });
    }
}
