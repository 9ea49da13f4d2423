package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.ConfigReader;
import org.unweave.config.LateJobs;
import org.unweave.config.RunConfig;

/** A run's folder has the jobs that were added as soon as its supervisor knows of them, whatever was lost in between. */
class NodeHouseTest {
    @TempDir
    private Path runs;

    private NodeHouse house() {
        return new NodeHouse(runs, runs.resolve("cache"), false);
    }

    private RunConfig written() {
        return ConfigReader.readResolved(runs.resolve("one/run.conf"));
    }

    @Test
    void amend_putsTheJobIntoTheRunsFile() {
        NodeHouse house = house();
        RunConfig run = Configs.smoke(runs);
        house.open(run);
        RunConfig amended = LateJobs.withEntry(run, "variant = gated, name = late");
        house.check(amended);
        house.amend(amended);

        assertThat(written()).isEqualTo(amended);
        house.close(amended);
        house.open(written());
        house.close(written());
    }

    @Test
    void open_ofARunWhoseFileLacksAJobThatWasAdded_putsItThere() {
        NodeHouse killed = house();
        RunConfig run = Configs.smoke(runs);
        killed.open(run);
        killed.close(run); // Before it was amended, though the journal has the job.
        RunConfig amended = LateJobs.withEntry(run, "variant = gated, name = late");
        NodeHouse next = house();
        next.open(amended);

        assertThat(written()).isEqualTo(amended);
        next.close(amended);
    }

    @Test
    void open_ofARunThatLacksJobsOfItsFile_isRefused() {
        NodeHouse house = house();
        RunConfig run = Configs.smoke(runs);
        house.open(run);
        house.close(run);
        RunConfig other = Configs.smoke(runs, "jobs=[{ variant = topk }, { variant = gated }]", "added=[gated]");

        assertThatThrownBy(() -> house.open(other))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("cannot change");
    }

    @Test
    void check_refusesAJobThatThereIsNoRoomFor() {
        NodeHouse house = house();
        RunConfig run = Configs.smoke(runs, "disk-budget=4 GiB");
        house.open(run);
        RunConfig amended = LateJobs.withEntry(run, "variant = topk, name = late, features = 65536");

        assertThatThrownBy(() -> house.check(amended))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("more than disk-budget");
        house.close(run);
    }

    @Test
    void check_refusesAJobOfARunWhoseFolderIsNotOpen() {
        RunConfig amended = LateJobs.withEntry(Configs.smoke(runs), "variant = gated, name = late");
        assertThatThrownBy(() -> house().check(amended)).hasMessageContaining("is not open");
    }

    @Test
    void hooks_areRefused_whereTheNodeWasNotStartedForThem() {
        RunConfig run = Configs.smoke(runs, "hooks.on=[run-ended]", "hooks.command=[echo]");
        assertThatThrownBy(() -> house().admit(run))
                .isInstanceOf(RunException.class)
                .hasMessageContaining("start the nodes with the role supervisor with --hooks");
        new NodeHouse(runs, runs.resolve("cache"), true).admit(run);
        house().admit(Configs.smoke(runs));
    }
}
