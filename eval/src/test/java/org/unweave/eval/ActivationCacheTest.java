package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An entry is made once, is whole or not there, and is made anew when its bytes are not as they were. */
class ActivationCacheTest {
    @TempDir
    Path folder;

    private final AtomicInteger made = new AtomicInteger();

    @Test
    void entry_secondTime_isReadAndNotMade() {
        for (int time = 0; time < 2; time++) {
            try (ActivationCache cache = new ActivationCache(folder)) {
                assertEntry(cache);
            }
        }

        assertThat(made).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rows.f32", "meta.json", "meta.json.sha256"})
    void entry_fileWithOneOtherByte_isMadeAnew(String name) throws IOException {
        try (ActivationCache cache = new ActivationCache(folder)) {
            assertEntry(cache);
        }
        Path file = folder.resolve("key").resolve(name);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        try (ActivationCache cache = new ActivationCache(folder)) {
            assertEntry(cache);
        }

        assertThat(made).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rows.f32", "meta.json"})
    void entry_missingOrShortFile_isMadeAnew(String name) throws IOException {
        try (ActivationCache cache = new ActivationCache(folder)) {
            assertEntry(cache);
        }
        Path file = folder.resolve("key").resolve(name);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 7));
        try (ActivationCache cache = new ActivationCache(folder)) {
            assertEntry(cache);
        }
        Files.delete(file);
        try (ActivationCache cache = new ActivationCache(folder)) {
            assertEntry(cache);
        }

        assertThat(made).hasValue(3);
    }

    @Test
    void entry_makingFails_leavesNothing() throws IOException {
        try (ActivationCache cache = new ActivationCache(folder)) {
            assertThatThrownBy(() -> cache.entry("key", "a set", draft -> {
                        draft.file("rows.f32", 2).append(1, 2);
                        throw new EvaluationException("the model is tired");
                    }))
                    .hasMessage("the model is tired");
        }

        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void entry_folderThatCannotBeMade_isAnErrorThatNamesIt() throws IOException {
        Path file = Files.createFile(folder.resolve("occupied"));
        try (ActivationCache cache = new ActivationCache(file)) {
            assertThatThrownBy(() -> assertEntry(cache))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("a set");
        }
    }

    private void assertEntry(ActivationCache cache) {
        ActivationCache.Entry entry = cache.entry("key", "a set", draft -> {
            made.incrementAndGet();
            RowFile.Writer writer = draft.file("rows.f32", 2);
            writer.append(1, 2);
            writer.append(-3.5f, 4);
            draft.values().put("number", 0.1);
        });
        float[] row = new float[2];
        entry.file("rows.f32").copyRow(1, row);
        assertThat(row).containsExactly(-3.5f, 4);
        assertThat(entry.values().get("number").doubleValue()).isEqualTo(0.1);
    }
}
