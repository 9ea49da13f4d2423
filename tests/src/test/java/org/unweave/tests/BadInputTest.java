package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.data.Wheel;

/**
 * Pins that a run on input that is missing or damaged ends with exit code 1 and one message that names the thing and the
 * remedy, and that what was there is there afterwards.
 */
class BadInputTest {
    @TempDir
    private Path folder;

    private Path cache;

    @BeforeEach
    void makeCache() {
        cache = folder.resolve("cache");
    }

    private CommandLine run(String... overrides) {
        List<String> all = new ArrayList<>(List.of(
                "model.hook=blocks.0.hook_resid_post",
                "model.context-tokens=32",
                "data.tokens=600",
                "data.held-out-tokens=100",
                "train.rows=256",
                "train.batch-rows=64",
                "job.features=64",
                "job.k=4",
                "eval.evaluations=[]"));
        all.addAll(List.of(overrides));
        return CommandLine.execute(
                CommandLine.smoke("one", folder.resolve("runs"), cache, all).toArray(String[]::new));
    }

    private void assertRefused(CommandLine refused, String... message) {
        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(1);
        assertThat(refused.err()).contains("unweave: ").contains(message).doesNotContain("\tat ", "this is a defect");
        assertThat(refused.out()).isEmpty();
        // The log has the trace for who looks for it.
        assertThat(folder.resolve("runs/one/unweave.log"))
                .content()
                .contains("ends with exit code 1")
                .contains("\tat org.unweave.");
    }

    @Test
    void cache_emptyAndNoPip_namesFilesHashesAndFolder() throws IOException, InterruptedException {
        Path nothing = Files.createDirectories(folder.resolve("path-without-python"));
        try (RunProcess process = RunProcess.start(
                folder,
                Map.of("PATH", nothing.toString(), "UNWEAVE_CACHE", cache.toString()),
                List.of("fetch", "--quiet"))) {
            assertThat(process.end()).isEqualTo(1);
            assertThat(process.err())
                    .contains("pip was not found", cache.resolve("bundle").toString());
            for (Wheel wheel : Wheel.defaults()) {
                assertThat(process.err())
                        .contains(wheel.file().fileName() + "  sha256 "
                                + wheel.file().sha256());
            }
            assertThat(process.err()).contains("bin/unweave fetch with Python's pip and a network");
        }
    }

    @Test
    void cache_inAFolderThatIsAFile_isNamed() throws IOException {
        Files.writeString(cache, "no folder");
        assertRefused(
                run(),
                "the cache folder cannot be written",
                cache.resolve("bundle").toString());
        assertThat(cache).hasContent("no folder");
    }

    @Test
    void bundle_damagedModel_isNamedWithBothChecksumsAndTheRunGoesOnOnceItIsWhole() throws IOException {
        Caches.withBundleFiles(cache);
        Path model = cache.resolve("bundle").resolve(Caches.model().getFileName());
        Files.delete(model);
        Files.copy(Caches.model(), model);
        flip(model, Files.size(model) / 2);
        assertRefused(run(), model + " has the wrong checksum: expected sha256 ", "got ", "delete it");
        flip(model, Files.size(model) / 2);
        CommandLine resumed = CommandLine.execute(
                "run", "--resume", folder.resolve("runs/one").toString());
        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("Results of one");
    }

    @Test
    void bundle_truncatedWheel_isNamedWithItsChecksum() throws IOException {
        Caches.withBundleFiles(cache);
        Path wheel = cache.resolve("bundle").resolve(Wheel.ENGLISH.file().fileName());
        Files.delete(wheel);
        Files.writeString(wheel, "cut short");
        assertRefused(
                run(),
                wheel + " has the wrong checksum: expected sha256 "
                        + Wheel.ENGLISH.file().sha256());
        assertThat(wheel).hasContent("cut short");
    }

    @Test
    void model_truncatedGguf_isNamed() throws IOException {
        Caches.withBundle(cache);
        Path cut = folder.resolve("cut.gguf");
        Files.copy(Caches.model(), cut);
        try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        assertRefused(run("model.source=" + cut), cut.toString(), "cut short or corrupt", "fetch the file again");
    }

    @Test
    void model_headerCutShort_isNamed() throws IOException {
        Caches.withBundle(cache);
        Path cut = folder.resolve("header.gguf");
        Files.copy(Caches.model(), cut);
        try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
            file.setLength(5000);
        }
        assertRefused(run("model.source=" + cut), cut.toString());
    }

    @Test
    void model_notGguf_isNamed() throws IOException {
        Caches.withBundle(cache);
        Path text = Files.writeString(folder.resolve("text.gguf"), "this is no model at all, but a text");
        assertRefused(run("model.source=" + text), text.toString(), "GGUF");
    }

    @Test
    void model_hookBehindTheLastBlock_namesBoth() {
        Caches.withBundle(cache);
        assertRefused(run("model.hook=blocks.30.hook_resid_post"), "blocks.30.hook_resid_post", "30 blocks", "29");
    }

    @Test
    void corpus_emptyFolder_isNamed() throws IOException {
        Caches.withBundle(cache);
        Path empty = Files.createDirectories(folder.resolve("texts"));
        assertRefused(run("data.corpus=[\"" + empty + "\"]"), empty.toString());
    }

    @Test
    void corpus_tooShort_saysHowMuchItTakes() throws IOException {
        Caches.withBundle(cache);
        Path texts = Files.createDirectories(folder.resolve("texts"));
        for (int i = 0; i < 40; i++) {
            Files.writeString(texts.resolve(i + ".txt"), "Number " + i);
        }
        assertRefused(run("data.corpus=[\"" + texts + "\"]", "data.held-out-share=0.3"), "16 tokens");
    }

    @Test
    void shards_tooSmallForASequence_namesTheKeys() {
        Caches.withBundle(cache);
        assertRefused(run("data.shard-rows=8"), "shard-rows 8", "context-tokens 32");
    }

    @Test
    void disk_tooSmallForTheStore_saysHowMuch() {
        Caches.withBundle(cache);
        assertRefused(
                run("data.tokens=2000000000", "data.precision=fp32", "data.held-out-tokens=2000000000"),
                "no disk space",
                "set fewer tokens");
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1);
        }
    }
}
