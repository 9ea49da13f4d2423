package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins that a run's file is read key by key, also where its keys are not those of today. */
class WrittenConfigTest {
    @TempDir
    Path folder;

    @Test
    void resolvedConfig_hasItsKeysAndThoseOfEachJob() {
        RunConfig config = ConfigReader.read(
                "smoke", List.of("name=one", "jobs=[{ variant = topk, k = [4, 8] }]"), Clock.systemUTC());

        WrittenConfig written = WrittenConfig.of(ConfigReader.render(config), "run.conf");

        assertThat(written.run())
                .containsEntry("name", "one")
                .containsEntry("preset", "smoke")
                .containsEntry("train.slice", "100 ms")
                .containsEntry("eval.sparse-probing.k-values", "[1,2,5]")
                .doesNotContainKey("jobs");
        assertThat(written.value("model.source")).isEqualTo("bundle");
        assertThat(written.value("no.such")).isEmpty();
        assertThat(written.jobs()).containsOnlyKeys("topk-k4", "topk-k8");
        assertThat(written.jobs().get("topk-k8")).containsEntry("k", "8").containsEntry("schedule.warmup", "0.05");
    }

    @Test
    void keys_ofAnotherVersion_areReadAsTheyStand() {
        WrittenConfig written = WrittenConfig.of("name = a\nold { \"odd.key\" = null, list = [1, x] }\n", "run.conf");

        assertThat(written.run()).containsEntry("old.\"odd.key\"", "null").containsEntry("old.list", "[1,\"x\"]");
        assertThat(written.jobs()).isEmpty();
    }

    @Test
    void file_thatIsDamagedOrMissing_isNamed() {
        assertThatThrownBy(() -> WrittenConfig.of("name = a\nseed = {", "runs/one/run.conf"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("runs/one/run.conf is no configuration");
        assertThatThrownBy(() -> WrittenConfig.of("jobs = 3", "run.conf")).hasMessageContaining("run.conf");
        assertThatThrownBy(() -> WrittenConfig.read(folder.resolve("absent")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("absent cannot be read");
    }
}
