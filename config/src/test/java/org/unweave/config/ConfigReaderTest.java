package org.unweave.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.unweave.config.Readings.preset;
import static org.unweave.config.Readings.problemsOf;
import static org.unweave.config.Readings.text;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pins the layers and their order, the presets, problems in number, and that a resolved configuration reads back equal. */
class ConfigReaderTest {
    @TempDir
    private Path folder;

    static List<String> presets() {
        return ConfigReader.presets();
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void quick_isThreeJobsInFourEpochs() {
        RunConfig quick = preset("quick");
        assertThat(quick.preset()).isEqualTo("quick");
        assertThat(quick.name()).isEqualTo("quick-20261124-090807");
        assertThat(quick.train().steps()).isEqualTo(781);
        assertThat(quick.train().rows()).isEqualTo(4 * quick.data().tokens());
        assertThat(quick.model().layer()).isEqualTo(15);
        assertThat(quick.jobs()).extracting(JobConfig::variant).containsExactly("topk", "standard", "dynamic-margin");
    }

    @Test
    void smoke_isAHundredUpdates() {
        assertThat(preset("smoke").train().steps()).isEqualTo(100);
    }

    @Test
    void override_winsOverFileWinsOverReference() {
        assertThat(text("train.keep = 4").train().keep()).isEqualTo(4);
        assertThat(text("train.keep = 4", "train.keep=5", "train.keep=6")
                        .train()
                        .keep())
                .isEqualTo(6);
        RunConfig merged = text("train.keep = 4", "train={ rows = 9000 }", "name=first");
        assertThat(merged.train().keep()).isEqualTo(4);
        assertThat(merged.train().rows()).isEqualTo(9000);
        assertThat(merged.name()).isEqualTo("first");
    }

    @Test
    void cache_isFromTheEnvironmentUnlessOverridden() throws IOException {
        String file = write("a.conf", "cache = /from/file").toString();
        Map<String, String> environment = Map.of("UNWEAVE_CACHE", "~/elsewhere");
        assertThat(Readings.read(file, environment).cache()).isEqualTo(Path.of("/home/ada/elsewhere"));
        assertThat(Readings.read(file, environment, "cache=/x:y#z").cache()).isEqualTo(Path.of("/x:y#z"));
        assertThat(Readings.read(file, Map.of("UNWEAVE_CACHE", "")).cache()).isEqualTo(Path.of("/from/file"));
    }

    @Test
    void nameOfAFile_becomesANameOfARun() throws IOException {
        RunConfig config = Readings.read(write("My Study (2).conf", "").toString(), Map.of());
        assertThat(config.preset()).isEqualTo("My Study (2)");
        assertThat(config.name()).isEqualTo("my-study-2-20261124-090807");
    }

    @Test
    void everyProblem_isToldAtOnce() {
        List<String> problems = problemsOf(
                "trian.rows = 5\ntrain {\n  keep = 0\n  slice = 5\n  rows = -1\n}\njobs = [{ variant = nope }]",
                "data.tokens=many",
                "slots.cpu=0",
                "nonsense");
        assertThat(problems).containsExactly("--set nonsense: wants key=value, as in --set train.rows=65536");
        problems = problemsOf(
                "trian.rows = 5\ntrain {\n  keep = 0\n  slice = 5\n  rows = -1\n}\njobs = [{ variant = nope }]",
                "data.tokens=many",
                "slots.cpu=0");
        assertThat(problems)
                .containsExactlyInAnyOrder(
                        "study.conf:1: unknown key trian; did you mean train?",
                        "study.conf:3: train.keep: 0 is below the least value 1",
                        "study.conf:4: train.slice: wants a duration with its unit, as in 100 ms, but is \"5\"",
                        "study.conf:5: train.rows: -1 is less than one batch of 2048",
                        "study.conf:7: jobs: \"nope\" is no variant."
                                + " Variants are attribution-adversarial, baseline, batch-topk, contrastive, dynamic-margin, gated,"
                                + " jump-relu, matryoshka, p-anneal, self-aligned, standard, standard-april, topk",
                        "--set data.tokens=many: data.tokens: wants a whole number, but is \"many\"",
                        "--set slots.cpu=0: slots.cpu: 0 is below the least value 1");
    }

    @Test
    void message_namesEveryProblemOnALineOfItsOwn() {
        assertThatThrownBy(() -> preset("quick", "sed=1", "train.keep=0"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessage("2 problems in the configuration:\n"
                        + "  --set sed=1: unknown key sed; did you mean seed?\n"
                        + "  --set train.keep=0: train.keep: 0 is below the least value 1");
        assertThatThrownBy(() -> preset("quick", "sed=1"))
                .hasMessage("--set sed=1: unknown key sed; did you mean seed?");
    }

    @Test
    void unknownBlockOfAnOverride_isToldWithTheOverride() {
        assertThat(problemsOf("", "trian.rows=5"))
                .containsExactly("--set trian.rows=5: unknown key trian; did you mean train?");
    }

    @Test
    void unknownPreset_isRefusedWithThoseThatThereAre() {
        assertThatThrownBy(() -> preset("qiuck"))
                .hasMessage("qiuck: is neither a preset nor a file; did you mean quick?"
                        + " Presets are quick, references, runs, smoke; a file is given by its path, as in ./my.conf");
    }

    @Test
    void syntax_isRefusedWithItsLine() {
        assertThat(problemsOf("seed = 1\ntrain {\n"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("study.conf:3: ");
        assertThat(problemsOf("", "train.evaluate-at=[1", "a..b=1"))
                .hasSize(2)
                .allMatch(problem -> problem.startsWith("--set "));
    }

    @Test
    void substitution_isResolvedAcrossLayersOrRefused() {
        assertThat(text("job.features = 64\njob.k = ${job.features}")
                        .jobs()
                        .getFirst()
                        .k())
                .isEqualTo(64);
        assertThat(problemsOf("seed = 1\njob.k = ${job.nothing}"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("study.conf:2: ");
    }

    @ParameterizedTest
    @MethodSource("presets")
    void rendered_isReadBackEqual(String name) throws IOException {
        RunConfig config = preset(name, "job.seed=[1, 2]", "job.learning-rate=1.5e-7", "model.source=/a \"b\"\\c.gguf");
        Path file = write("run.conf", ConfigReader.render(config));
        assertThat(ConfigReader.readResolved(file)).isEqualTo(config);
    }

    @Test
    void resolved_wantsEveryKeyAndNoOther() throws IOException {
        String text = ConfigReader.render(preset("quick"));
        Path file = write("run.conf", text.replace("  keep = 3\n", "  keeep = 3\n"));
        assertThatThrownBy(() -> ConfigReader.readResolved(file))
                .hasMessageContaining("unknown key train.keeep; did you mean train.keep?")
                .hasMessageContaining("train.keep: is missing");
        assertThatThrownBy(() -> ConfigReader.readResolved(folder.resolve("none.conf")))
                .hasMessage(folder.resolve("none.conf") + ": there is no such file");
        Path broken = write("broken.conf", text.replaceFirst(" k = 32", " k = 0"));
        assertThatThrownBy(() -> ConfigReader.readResolved(broken))
                .hasMessageContaining("jobs.0.k: 0 is below the least value 1");
    }

    @Test
    void runOfBeforeLabelledTexts_isReadForEvaluation_asOneWithoutThem() throws IOException {
        RunConfig now = preset("quick");
        Config text = ConfigFactory.parseString(ConfigReader.render(now));
        List<ConfigObject> jobs = new ArrayList<>();
        for (ConfigObject job : text.getObjectList("jobs")) {
            jobs.add(job.withoutKey("activation")
                    .withoutKey("attribution")
                    .withoutKey("adversarial")
                    .withoutKey("orthogonality")
                    .withoutKey("contrastive")
                    .toConfig()
                    .withoutPath("similarity.source")
                    .root());
        }
        Config old = text.withoutPath("labelled")
                .withoutPath("exchange")
                .withValue("jobs", ConfigValueFactory.fromIterable(jobs));
        Path file = write("run.conf", old.root().render(ConfigRenderOptions.concise()));

        assertThat(ConfigReader.readForEvaluation(file, List.of())).isEqualTo(now);
        assertThatThrownBy(() -> ConfigReader.readResolved(file)).hasMessageContaining("labelled: is missing");
    }

    @Test
    void runOfAnOlderVersion_isReadForEvaluationAlone() throws IOException {
        RunConfig now = preset("quick");
        String text = ConfigReader.render(now);
        String old = text.replaceFirst("(?m)^eval \\{$", "eval {\n  control = true")
                .replaceFirst("(?m)^  controls = .*\n", "");
        assertThat(old).isNotEqualTo(text).doesNotContain("controls");
        Path file = write("run.conf", old);

        assertThat(ConfigReader.readForEvaluation(file, List.of())).isEqualTo(now);
        assertThat(ConfigReader.readForEvaluation(file, List.of("eval.seed=9"))
                        .eval()
                        .seed())
                .isEqualTo(9);
        assertThatThrownBy(() -> ConfigReader.readResolved(file)).hasMessageContaining("unknown key eval.control");
        // What was trained is no matter of today's defaults.
        Path torn = write("torn.conf", old.replace("  keep = 3\n", ""));
        assertThatThrownBy(() -> ConfigReader.readForEvaluation(torn, List.of()))
                .hasMessageContaining("train.keep: is missing");
    }

    @Test
    void differences_nameEachValueThatIsNotTheSame() {
        RunConfig before = preset("quick", "name=a");
        RunConfig after = preset(
                "quick",
                "name=a",
                "train.rows=131072",
                "train.slice=1 s",
                "disk-budget=9 GiB",
                "jobs=[{ variant = topk, k = 64, target-l0 = 32 }, { variant = standard }, { variant = topk, name = new }]");
        assertThat(ConfigReader.differences(before, before)).isEmpty();
        assertThat(ConfigReader.differences(before, after))
                .containsExactly(
                        "disk-budget: 8 GiB -> 9 GiB",
                        "train.rows: 400000 -> 131072",
                        "train.slice: 100 ms -> 1 s",
                        "jobs.topk.k: 32 -> 64",
                        "jobs.dynamic-margin: is gone",
                        "jobs.new: is new");
    }

    @Test
    void publicReader_readsThisMachine() {
        RunConfig config = ConfigReader.read("smoke", List.of(), Readings.CLOCK);
        assertThat(config.slots().cpu()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(config.name()).isEqualTo("smoke-20261124-090807");
    }
}
