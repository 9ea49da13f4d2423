package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins that an include reads what it names, and is never passed over. */
class SourcesTest {
    @TempDir
    private Path folder;

    @Test
    void includedPreset_liesUnderTheFile() {
        RunConfig config = text("include \"quick\"\ntrain.keep = 9");
        assertThat(config.train().keep()).isEqualTo(9);
        assertThat(config.train().rows()).isEqualTo(400_000);
        assertThat(config.preset()).isEqualTo("study");
    }

    @Test
    void includedFile_isLookedForBesideTheOneItStandsIn() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.writeString(inner.resolve("b.conf"), "include file(\"c.conf\")\ntrain.keep = 7");
        Files.writeString(inner.resolve("c.conf"), "\ntrain.rows = 9000\nsed = 1");
        Path file = Files.writeString(folder.resolve("a.conf"), "include required(\"inner/b.conf\")");
        assertThatThrownBy(() -> Readings.read(file.toString(), Map.of()))
                .hasMessage(inner.resolve("c.conf") + ":3: unknown key sed; did you mean seed?");
        Files.writeString(inner.resolve("c.conf"), "train.rows = 9000");
        RunConfig config = Readings.read(file.toString(), Map.of());
        assertThat(config.train().keep()).isEqualTo(7);
        assertThat(config.train().rows()).isEqualTo(9000);
    }

    @Test
    void includeThatFindsNothing_isRefused() {
        assertThat(problemsOf("seed = 2\ninclude \"application\""))
                .containsExactly(
                        "study.conf:2: include \"application\": is neither a preset nor a file beside this one");
        assertThat(problemsOf("include required(file(\"none.conf\"))"))
                .containsExactly("study.conf:1: include \"none.conf\": is neither a preset nor a file beside this one");
    }

    @Test
    void includeFromElsewhere_isRefused() {
        assertThat(problemsOf("include classpath(\"reference.conf\")\ninclude url(\"http://127.0.0.1/a.conf\")"))
                .containsExactly(
                        "study.conf:1: include \"reference.conf\": is looked for on the class path;"
                                + " include a preset or a file",
                        "study.conf:2: include \"http://127.0.0.1/a.conf\": is a URL; include a preset or a file");
    }

    @Test
    void includeOfItself_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("a.conf"), "include \"b.conf\"");
        Files.writeString(folder.resolve("b.conf"), "include \"a.conf\"");
        assertThatThrownBy(() -> Readings.read(file.toString(), Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("b.conf:1: include \"a.conf\": includes itself");
    }

    @Test
    void fileThatIsNoText_isRefused() throws IOException {
        Path file = Files.write(folder.resolve("a.conf"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThatThrownBy(() -> Readings.read(file.toString(), Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("a.conf: cannot be read as UTF-8 text");
    }
}
