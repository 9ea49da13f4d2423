package org.unweave.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.JobConfig;
import org.unweave.model.TestJobs;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;

/** A checkpoint comes back bit for bit, and a damaged one is named and never used. */
class CheckpointTest {
    @TempDir
    Path folder;

    @Test
    void state_comesBackBitForBit() {
        Checkpoint written = write(7);

        Checkpoint opened = Checkpoint.open(written.folder());

        assertThat(opened).isEqualTo(written);
        assertThat(opened.runConfig()).isEqualTo("name = run\n");
        State state = opened.readState();
        Mat mat = Mat.zeros(2, 3);
        state.read("W_enc", mat);
        assertThat(mat.toArray()).containsExactly(1f, -2f, Float.MIN_VALUE, 4.5f, Float.NaN, 7f);
        assertThat(state.longs("counter", 2)).containsExactly(Long.MIN_VALUE, 7);
        assertThat(state.doubles("ema", 1)).containsExactly(Math.PI);
    }

    @Test
    void anyChangedByte_isNamedWithBothChecksums() throws IOException {
        Checkpoint checkpoint = write(7);
        Path file = checkpoint.folder().resolve("state.safetensors");
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(3);
        for (int i = 0; i < 50; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(whole.length)] ^= (byte) (1 + random.nextInt(255));
            Files.write(file, damaged);
            assertThatThrownBy(checkpoint::readState)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("state.safetensors")
                    .hasMessageContaining(checkpoint.manifest().stateSha256());
        }
    }

    @Test
    void anyTruncation_isNamedWithBothSizes() throws IOException {
        Checkpoint checkpoint = write(7);
        Path file = checkpoint.folder().resolve("state.safetensors");
        long size = Files.size(file);
        for (long kept : new long[] {0, 1, 8, size / 2, size - 1}) {
            try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
                access.setLength(kept);
            }
            assertThatThrownBy(checkpoint::readState)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(kept + " bytes")
                    .hasMessageContaining(size + "");
        }
    }

    @Test
    void headersThatLie_areRefusedBeforeMemoryIsTaken() throws IOException {
        for (String header : List.of(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1073741824,1073741824],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[4,8]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,400]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1,-1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}",
                "[1, 2, 3]",
                "{\"a\"")) {
            Path file = folder.resolve("lie.safetensors");
            byte[] json = header.getBytes();
            byte[] bytes = new byte[8 + json.length + 4];
            bytes[0] = (byte) json.length;
            bytes[1] = (byte) (json.length >> 8);
            System.arraycopy(json, 0, bytes, 8, json.length);
            Files.write(file, bytes);
            assertThatThrownBy(() -> Safetensors.read(file)).as(header).isInstanceOf(CheckpointException.class);
        }
        Path huge = folder.resolve("huge.safetensors");
        Files.write(huge, new byte[] {-1, -1, -1, -1, -1, -1, -1, 127, '{'});
        assertThatThrownBy(() -> Safetensors.read(huge)).isInstanceOf(CheckpointException.class);
    }

    @Test
    void newest_passesOverDamagedCheckpoints() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder);
        for (long step : new long[] {5, 10, 15, 20}) {
            checkpoints.write(manifest(step), "", state());
        }
        Files.writeString(checkpoints.at(20).resolve("manifest.json"), "{ torn");
        Files.write(checkpoints.at(15).resolve("state.safetensors"), new byte[3]);

        assertThat(checkpoints.newest().orElseThrow().checkpoint().manifest().step())
                .isEqualTo(10);
    }

    /** Whatever of it is damaged: a letter of the manifest, the config, the state's header or any tensor. */
    @Test
    void anyRegionOfAnyFile_changedOrCutOff_isNamed_andTheCheckpointBeforeIsUsed() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder);
        checkpoints.write(manifest(5), "name = run\n", state());
        Checkpoint newest = checkpoints.write(manifest(10), "name = run\n", state());
        Set<String> files = Set.of("manifest.json", "run.conf", "state.safetensors");
        try (Stream<Path> there = Files.list(newest.folder())) {
            assertThat(there.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(files);
        }
        for (String name : files) {
            Path file = newest.folder().resolve(name);
            byte[] whole = Files.readAllBytes(file);
            for (int at = 0; at < whole.length; at++) {
                byte[] damaged = whole.clone();
                damaged[at] ^= 1;
                assertPassedOver(checkpoints, file, damaged, name + " changed at " + at);
                assertPassedOver(checkpoints, file, Arrays.copyOf(whole, at), name + " cut off at " + at);
            }
            Files.write(file, whole);
            assertThat(step(checkpoints)).isEqualTo(10);
        }
    }

    private void assertPassedOver(CheckpointFolder checkpoints, Path file, byte[] bytes, String what)
            throws IOException {
        Files.write(file, bytes);
        assertThat(step(checkpoints)).as(what).isEqualTo(5);
        assertThatThrownBy(() -> Checkpoint.open(checkpoints.at(10)).readState())
                .as(what)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString());
    }

    private static long step(CheckpointFolder checkpoints) {
        CheckpointFolder.Loaded loaded = checkpoints.newest().orElseThrow();
        loaded.state().close();
        return loaded.checkpoint().manifest().step();
    }

    /** Those of version 2 have no checksums of manifest and config. */
    @Test
    void manifestWithoutChecksums_isRead() throws IOException {
        Checkpoint checkpoint = new CheckpointFolder(folder).write(manifest(7), "", state());
        Path file = checkpoint.folder().resolve("manifest.json");
        ObjectMapper json = new ObjectMapper();
        ObjectNode manifest = (ObjectNode) json.readTree(file.toFile());
        manifest.remove(List.of("sha256", "configSha256"));
        manifest.put("version", 2);
        json.writeValue(file.toFile(), manifest);

        assertThat(Checkpoint.open(checkpoint.folder()).manifest().step()).isEqualTo(7);
        assertThat(step(new CheckpointFolder(folder))).isEqualTo(7);
    }

    /** Those of the version before have jobs without labelled terms and exchange. */
    @Test
    void jobWithoutLabelledTerms_isReadAsOneThatHasNone() throws IOException {
        Checkpoint checkpoint = new CheckpointFolder(folder).write(manifest(7), "name = run\n", state());
        Path file = checkpoint.folder().resolve("manifest.json");
        ObjectMapper json = new ObjectMapper();
        ObjectNode manifest = (ObjectNode) json.readTree(file.toFile());
        ObjectNode job = (ObjectNode) manifest.get("job");
        List<String> added = List.of("activation", "attribution", "adversarial", "orthogonality", "contrastive");
        assertThat(job.fieldNames()).toIterable().containsAll(added);
        job.remove(added);
        assertThat(((ObjectNode) job.get("similarity")).remove("source")).isNotNull();
        manifest.put("version", 3);
        manifest.remove("sha256");
        manifest.put("sha256", Sha256.of(json.writeValueAsBytes(manifest)));
        json.writeValue(file.toFile(), manifest);

        Manifest read = Checkpoint.open(checkpoint.folder()).manifest();

        assertThat(read.job()).isEqualTo(checkpoint.manifest().job());
        assertThat(read.job().awaitsAttribution()).isFalse();
        assertThat(read.job().poolsStatistics()).isFalse();
        assertThat(step(new CheckpointFolder(folder))).isEqualTo(7);
    }

    @Test
    void prune_keepsTheNewestAndThePinned_andRemovesWhatAKillLeft() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder);
        for (long step : new long[] {1, 2, 3, 4, 5}) {
            checkpoints.write(manifest(step), "", state());
        }
        Path leftover = Files.createDirectories(folder.resolve(".writing-000000006-x"));
        Files.write(leftover.resolve("state.safetensors"), new byte[10]);

        checkpoints.prune(2, Set.of(2L));

        assertThat(checkpoints.steps()).containsExactly(2L, 4L, 5L);
        assertThat(leftover).doesNotExist();
    }

    /** 1 is that of jobs without compatibility, and of states that had no moving loss. */
    @ParameterizedTest
    @ValueSource(ints = {1, 99})
    void anotherFormatVersion_isRefusedByName(int version) throws IOException {
        Checkpoint checkpoint = new CheckpointFolder(folder).write(manifest(7, version), "", state());

        assertThatThrownBy(() -> Checkpoint.open(checkpoint.folder()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("version " + version);
        assertThatThrownBy(() -> new CheckpointFolder(folder).newest())
                .as("it is not passed over as a damaged one is")
                .isInstanceOf(OtherVersionException.class);
    }

    @Test
    void aFolderThatCannotBeWritten_isNamedAndNothingIsLost() throws IOException {
        CheckpointFolder checkpoints = new CheckpointFolder(folder);
        checkpoints.write(manifest(1), "", state());
        Path blocked = Files.createFile(folder.resolve("file"));

        assertThatThrownBy(() -> new CheckpointFolder(blocked).write(manifest(2), "", state()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(blocked.toString());

        assertThat(checkpoints.newest()).isPresent();
    }

    private Checkpoint write(long step) {
        return Checkpoint.write(folder.resolve("c"), manifest(step), "name = run\n", state(), () -> {});
    }

    private static Manifest manifest(long step) {
        return manifest(step, Manifest.VERSION);
    }

    private static Manifest manifest(long step, int version) {
        JobConfig job = TestJobs.topK("topk", 16, 4);
        return new Manifest(version, job, step, 0, 8, 100, 32, 0.01, "", "", 0, Map.of("device", "cpu"));
    }

    private static State state() {
        State state = new State();
        state.put("W_enc", Mat.of(2, 3, 1f, -2f, Float.MIN_VALUE, 4.5f, Float.NaN, 7f));
        state.put("counter", Long.MIN_VALUE, 7);
        state.put("ema", Math.PI);
        return state;
    }
}
