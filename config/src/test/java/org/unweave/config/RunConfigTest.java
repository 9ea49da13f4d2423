package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.unweave.config.Readings.defaults;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.problemsOfOverrides;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pins the keys at the top: their defaults, and what they refuse. */
class RunConfigTest {
    @Test
    void defaults_areThoseOfReference() {
        RunConfig config = defaults();
        assertThat(config.name()).isEqualTo("study-20261124-090807");
        assertThat(config.preset()).isEqualTo("study");
        assertThat(config.seed()).isEqualTo(1);
        assertThat(config.runsFolder()).isEqualTo(Path.of("runs"));
        assertThat(config.cache()).isEqualTo(Readings.HOME.resolve(".cache/unweave"));
        assertThat(config.diskBudgetBytes()).isEqualTo(8L << 30);
        assertThat(config.jobs()).extracting(JobConfig::name).containsExactly("topk", "standard", "dynamic-margin");
        assertThat(config.folder()).isEqualTo(Path.of("runs/study-20261124-090807"));
    }

    @Test
    void unknownKey_isRefused() {
        assertThat(problemsOf("sed = 2")).containsExactly("study.conf:1: unknown key sed; did you mean seed?");
        assertThat(problemsOf("\ntrian { rows = 3 }"))
                .containsExactly("study.conf:2: unknown key trian; did you mean train?");
        assertThat(problemsOf("preset = x"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("study.conf:1: unknown key preset");
    }

    @Test
    void keyOfAnotherBlock_isPointedTo() {
        assertThat(problemsOf("rows = 3")).containsExactly("study.conf:1: unknown key rows; did you mean train.rows?");
        assertThat(problemsOf("learning-rate = 3"))
                .containsExactly("study.conf:1: unknown key learning-rate; did you mean job.learning-rate?");
    }

    @Test
    void size_wantsAKnownUnit() {
        assertThat(problemsOfOverrides("disk-budget=8"))
                .containsExactly("disk-budget: wants a size with its unit, as in 8 GiB, but is \"8\"");
        assertThat(problemsOf("disk-budget = 8 GiBi"))
                .containsExactly(
                        "study.conf:1: disk-budget: \"8 GiBi\" has an unknown unit, GiBi; units are TiB, GiB, MiB,"
                                + " KiB, B, TB, GB, MB, kB");
    }

    @Test
    void outOfRange_isRefused() {
        assertThat(problemsOfOverrides("disk-budget=0 B")).hasSize(1);
        assertThat(problemsOf("disk-budget = 0 B"))
                .containsExactly("study.conf:1: disk-budget: 0 is below the least value 1");
        assertThat(problemsOf("name = Über"))
                .containsExactly("study.conf:1: name: \"Über\" is not a name of the form [a-z0-9][a-z0-9._-]{0,63}");
        assertThat(problemsOf("jobs = []"))
                .containsExactly(
                        "study.conf:1: jobs: names no job; give at least one, as in jobs = [{ variant = topk }]");
    }

    @Test
    void termsThatNeedLabelledTexts_withoutAny_areRefusedWithWhatToDo() {
        assertThat(problemsOf("\njobs = [{ variant = topk }, { variant = contrastive }]"))
                .containsExactly(
                        "study.conf:2: jobs: contrastive: its terms adversarial, orthogonality, contrastive need"
                                + " labelled texts, and there are none; set labelled.set = review-domain-sentiment, or give the"
                                + " terms the weight 0");
        assertThat(problemsOf("jobs = [{ variant = baseline, orthogonality.weight = 1 }]"))
                .singleElement()
                .asString()
                .contains("baseline: its terms orthogonality need");
        String off = "jobs = [{ variant = contrastive, adversarial.weight = 0, orthogonality.weight = 0,"
                + " contrastive.weight = 0 }]";
        assertThat(Readings.text(off).jobs()).hasSize(1);
        assertThat(Readings.text("jobs = [{ variant = contrastive }]", "labelled.set=review-domain-sentiment")
                        .jobs())
                .hasSize(1);
    }

    @Test
    void jobsOfOneName_areRefusedInJavaToo() {
        RunConfig config = defaults();
        JobConfig job = config.jobs().getFirst();
        assertThatThrownBy(() -> new RunConfig(
                        "a",
                        "a",
                        1,
                        config.runsFolder(),
                        config.cache(),
                        1,
                        config.model(),
                        config.data(),
                        config.labelled(),
                        config.exchange(),
                        config.train(),
                        config.slots(),
                        config.supervision(),
                        config.eval(),
                        config.rules(),
                        config.hooks(),
                        List.of(job, job),
                        List.of()))
                .isInstanceOf(InvalidValueException.class)
                .hasMessage("jobs: topk stands there twice");
    }
}
