package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;

/** Pins that a run's folder belongs to one run and one process, and that a refusal changes and leaves nothing. */
class RunFolderTest {
    @TempDir
    private Path runs;

    private static RunConfig of(Path runs, String... overrides) {
        return RunFolder.configOf(runs.resolve("one").toString(), Path.of("runs"), List.of(overrides));
    }

    private void begun() {
        RunFolder.create(Configs.smoke(runs)).close();
    }

    @Test
    void create_newRun_holdsItsResolvedConfig() {
        RunConfig config = Configs.smoke(runs);
        try (RunFolder folder = RunFolder.create(config)) {
            assertThat(folder.path()).isEqualTo(runs.resolve("one"));
            assertThat(ConfigReader.readResolved(folder.path().resolve("run.conf")))
                    .isEqualTo(config);
        }
    }

    @Test
    void create_runOfTheSameName_isRefusedAndTheOldOneIsLeftAlone() throws IOException {
        begun();
        String before = Files.readString(runs.resolve("one/run.conf"));
        assertThatThrownBy(() -> RunFolder.create(Configs.smoke(runs, "seed=7")))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("a run named one")
                .hasMessageContaining("--resume " + runs.resolve("one"))
                .hasMessageContaining("--set name=");
        assertThat(Files.readString(runs.resolve("one/run.conf"))).isEqualTo(before);
    }

    @Test
    void create_nameOfAFileOrOfAFolderOfSomethingElse_isRefused() throws IOException {
        Files.writeString(runs.resolve("one"), "a file");
        assertThatThrownBy(() -> RunFolder.create(Configs.smoke(runs))).hasMessageContaining("a run named one");
        Files.createDirectories(runs.resolve("two"));
        Files.writeString(runs.resolve("two/notes.txt"), "mine");
        assertThatThrownBy(() -> RunFolder.create(Configs.smoke(runs, "name=two")))
                .hasMessageContaining("a run named two");
        assertThat(runs.resolve("two/notes.txt")).hasContent("mine");
        assertThat(runs.resolve("two/.lock")).doesNotExist();
    }

    @Test
    void create_folderOfAProcessKilledBeforeItBegan_isTaken() throws IOException {
        Files.createDirectories(runs.resolve("one"));
        Files.writeString(runs.resolve("one/.lock"), "");
        Files.writeString(runs.resolve("one/.writing-run.conf-1"), "half");
        begun();
        assertThat(runs.resolve("one/run.conf")).isRegularFile();
    }

    @Test
    void create_runsFolderIsAFile_namesItAndTheKey() throws IOException {
        Path file = Files.writeString(runs.resolve("file"), "text");
        assertThatThrownBy(() -> RunFolder.create(Configs.smoke(file)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(file.resolve("one").toString())
                .hasMessageContaining("--set runs-folder=");
        assertThat(file).hasContent("text");
    }

    @Test
    void create_budgetTooSmall_saysHowMuchAndLeavesNothing() {
        assertThatThrownBy(() -> RunFolder.create(Configs.smoke(runs, "disk-budget=1 MB")))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("about 227 MB")
                .hasMessageContaining("disk-budget, which is 1 MB")
                .hasMessageContaining("lower train.keep");
        assertThat(runs).isEmptyDirectory();
    }

    @Test
    void create_moreThanTheDiskHolds_saysHowMuchAndLeavesNothing() {
        assertThatThrownBy(() ->
                        RunFolder.create(Configs.smoke(runs, "disk-budget=1000000000 GiB", "job.features=2000000000")))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("has only")
                .hasMessageContaining("free space");
        assertThat(runs).isEmptyDirectory();
    }

    @Test
    void resume_unknownRun_namesTheFileThatIsMissing() {
        assertThatThrownBy(() -> RunFolder.configOf("absent", runs, List.of()))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("no run named absent")
                .hasMessageContaining(Path.of("absent", "run.conf").toString());
    }

    @Test
    void resume_byNameOrByPath_isTheSameRun() {
        begun();
        assertThat(RunFolder.configOf("one", runs, List.of())).isEqualTo(Configs.smoke(runs));
        assertThat(of(runs)).isEqualTo(Configs.smoke(runs));
    }

    @Test
    void resume_whatChangesThePast_isListedAndRefused() throws IOException {
        begun();
        String before = Files.readString(runs.resolve("one/run.conf"));
        RunConfig now = of(runs, "train.rows=25600", "seed=2", "train.keep=5");
        assertThatThrownBy(() -> RunFolder.resume(of(runs), now))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("train.rows: 12800 -> 25600")
                .hasMessageContaining("seed: 1 -> 2")
                .message()
                .doesNotContain("train.keep");
        assertThat(Files.readString(runs.resolve("one/run.conf"))).isEqualTo(before);
    }

    @Test
    void resume_whatDoesNotChangeThePast_isTaken() {
        begun();
        RunConfig now = of(runs, "train.keep=5", "slots.cpu=1", "supervision.max-restarts=0");
        try (RunFolder folder = RunFolder.resume(of(runs), now)) {
            assertThat(folder.path()).isEqualTo(runs.resolve("one"));
        }
    }

    @Test
    void resume_onAnotherKindOfDevice_isRefused() {
        begun();
        assertThatThrownBy(() -> RunFolder.resume(of(runs), of(runs, "slots.device=cuda")))
                .hasMessageContaining("slots.device: cpu -> cuda");
        RunFolder.resume(of(runs), of(runs, "slots.cuda=[1, 2]")).close();
    }

    @Test
    void resume_inAnotherRunsFolder_isRefused() {
        begun();
        RunConfig now = of(runs, "runs-folder=" + runs.resolve("elsewhere"));
        assertThatThrownBy(() -> RunFolder.resume(of(runs), now)).hasMessageContaining("runs-folder: ");
        assertThat(runs.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void resume_budgetTooSmall_isRefused() {
        begun();
        assertThatThrownBy(() -> RunFolder.resume(of(runs), of(runs, "disk-budget=1 MB")))
                .hasMessageContaining("disk-budget, which is 1 MB");
    }

    @Test
    void configOf_movedRun_isThatOfItsPresentPlace() throws IOException {
        begun();
        Path moved = Files.createDirectories(runs.resolve("archive, \"old\""));
        Files.move(runs.resolve("one"), moved.resolve("one"));
        assertThat(of(moved).folder()).isEqualTo(moved.resolve("one"));
        RunFolder.resume(of(moved), of(moved)).close();
    }

    @Test
    void configOf_renamedRun_asksForItsName() throws IOException {
        begun();
        Files.move(runs.resolve("one"), runs.resolve("best"));
        assertThatThrownBy(() -> RunFolder.configOf("best", runs, List.of()))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("a run named one");
    }

    @Test
    void folder_inUse_isRefusedUntilItIsClosed() {
        RunConfig config = Configs.smoke(runs);
        try (RunFolder folder = RunFolder.create(config)) {
            assertThatThrownBy(() -> RunFolder.resume(config, config))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining("another process works in " + folder.path());
        }
        RunFolder.resume(config, config).close();
    }
}
