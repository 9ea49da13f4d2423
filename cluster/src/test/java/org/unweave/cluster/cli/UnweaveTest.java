package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.model.sae.variant.Variants;

/** Pins exit codes, and that whoever gives wrong input is told what is wrong and what would be right, and loses nothing. */
class UnweaveTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(String... arguments) {
        return Unweave.execute(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
    }

    /** A run that must not begin. */
    private int refused(String... overrides) {
        List<String> arguments =
                new ArrayList<>(List.of("run", "smoke", "--set", "name=one", "--set", "runs-folder=" + folder));
        for (String override : overrides) {
            arguments.addAll(List.of("--set", override));
        }
        int exitCode = execute(arguments.toArray(String[]::new));
        assertThat(folder.resolve("one")).doesNotExist();
        assertThat(err.toString()).startsWith("unweave: ").doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
        return exitCode;
    }

    @Test
    void card_thatCannotBeTrainedOn_isRefusedBeforeAnythingIsMade() {
        assertThat(refused("slots.device=cuda", "slots.cuda=[99]")).isEqualTo(1);
        assertThat(err.toString())
                .contains("card 99 of slots.cuda is refused: ")
                .contains("a run on the CPU has slots.device = cpu");
    }

    @Test
    void ruleThatWouldPauseForGood_isRefusedBeforeAnythingIsMade() {
        assertThat(refused("rules=[{ when = \"l0 > 5\", for-steps = 10, then = pause }]"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("the rule l0 > 5 for 10 updates pauses a job", "take then = stop");
    }

    @Test
    void noCommand_isWrongAndShowsWhichThereAre() {
        assertThat(execute()).isEqualTo(2);
        assertThat(err.toString()).contains("a command is missing", "run", "fetch", "report", "export", "variants");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "launch                 | 'launch'",
                "run --sett a=b         | Possible solutions: --set",
                "run one two            | 'two'",
                "run smoke --resume one | leave out smoke",
                "report                 | RUN",
                "fetch more             | 'more'",
                "watch one two          | 'two'",
                "watch One              | is no name of a run",
                "export one             | --format",
                "keys --folder here     | --node",
                "ctl                    | a command is missing",
                "export --format saelens                    | CHECKPOINT",
                "export one --format torch                  | 'there is no format named torch; there is saelens'",
                "export one --format saelens --check-rows=-1 | '--check-rows is -1'"
            })
    void arguments_thatAreUnknownOrMissing_areNamed(String line, String message) {
        assertThat(execute(line.split(" "))).isEqualTo(2);
        assertThat(err.toString()).contains(message);
    }

    @ParameterizedTest
    @CsvSource({
        "--help",
        "run --help",
        "fetch --help",
        "report --help",
        "export --help",
        "variants --help",
        "runs --help",
        "compare --help",
        "metrics --help",
        "logs --help",
        "features --help",
        "keys --help",
        "watch --help"
    })
    void help_isDone(String line) {
        assertThat(execute(line.split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: unweave");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void keys_areMadeOnceAndSaidWhereTheyLie() {
        String line = "keys --folder " + folder + " --node node1 --host node1.example.org,10.0.0.1";
        assertThat(execute(line.split(" "))).isZero();
        assertThat(out.toString())
                .contains("hosts:       node1.example.org, 10.0.0.1", "--keys " + folder.resolve("node1"))
                .contains("--token-file " + folder.resolve("node1/token"));
        assertThat(execute(line.split(" "))).isEqualTo(2);
        assertThat(err.toString()).startsWith("unweave: ").contains("keys are never overwritten");
        assertThat(execute(line.replace("node1", "node2").split(" "))).isZero();
    }

    @Test
    void version_isDone() {
        assertThat(execute("--version")).isZero();
        assertThat(out.toString()).startsWith("unweave ");
    }

    @Test
    void variants_areALineEach() {
        assertThat(execute("variants")).isZero();
        assertThat(out.toString().lines().map(line -> line.split(" ", 2)[0]))
                .containsExactlyElementsOf(Variants.names());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // unknown keys, the nearest named
                "trane.rows=1000          | unknown key trane",
                "train.row=1000           | did you mean train.rows?",
                "jobs.topk.features2=1    | features2",
                // units and types
                "disk-budget=8 GiBB       | disk-budget",
                "train.slice=100          | train.slice",
                "train.rows=many          | train.rows",
                // shapes that cannot be
                "job.k=769                | 769",
                "train.rows=10            | train.rows",
                "train.evaluate-at=[0.5]  | evaluate-at",
                // names of what is not there
                "jobs=[{ variant = topq }]                        | topq",
                "eval.evaluations=[core, absorption]              | \"absorption\" is none of core, sparse_probing, scr, tpp",
                "eval.sparse-probing.datasets=[ag-news, no-such]  | \"no-such\" is none of the bundle's ag-news",
                "eval.sparse-probing.k-values=[3]                 | 3 is none of the protocol's",
                "model.source=/no/such/model.gguf                 | there is no file /no/such/model.gguf",
                "data.corpus=[/no/such/texts]                     | there is no file or folder /no/such/texts",
                "model.hook=blocks.nine.hook_resid_post           | blocks.L.hook_resid_post",
            })
    void override_thatCannotBe_isWrongInputAndNamesItself(String override, String message) {
        assertThat(refused(override)).isEqualTo(2);
        assertThat(err.toString())
                .contains(override.substring(0, override.indexOf('=')))
                .contains(message);
    }

    @Test
    void severalProblems_areToldAtOnce() {
        assertThat(refused("train.row=1", "job.k=0", "disk-budget=much")).isEqualTo(2);
        assertThat(err.toString()).contains("3 problems", "train.row", "job.k", "disk-budget");
    }

    @Test
    void latentsOfAProbe_moreThanAJobHas_namesBoth() {
        assertThat(refused("eval.sparse-probing.k-values=[1, 100]", "job.features=64"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("100 latents", "topk, which has 64");
    }

    @Test
    void preset_thatIsNotThere_namesThoseThatAre() {
        assertThat(execute("run", "smok")).isEqualTo(2);
        assertThat(err.toString()).contains("smok", "quick", "smoke");
    }

    @Test
    void file_withUnknownKey_isNamedWithItsLine() throws IOException {
        Path file = Files.writeString(folder.resolve("mine.conf"), "include \"smoke\"\n\ntrain.learning-rat = 1\n");
        assertThat(execute("run", file.toString(), "--set", "runs-folder=" + folder.resolve("runs")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("mine.conf:3").contains("learning-rat");
        assertThat(folder.resolve("runs")).doesNotExist();
    }

    @Test
    void file_thatIsNotThere_isNamed() {
        Path file = folder.resolve("absent.conf");
        assertThat(execute("run", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(file.toString());
    }

    @Test
    void disk_thatIsTooSmall_isAFailure() {
        assertThat(refused("disk-budget=1 MB")).isEqualTo(1);
        assertThat(err.toString()).contains("disk-budget");
    }

    @Test
    void resume_unknownRun_isAFailure() {
        assertThat(execute("run", "--resume", folder.resolve("absent").toString()))
                .isEqualTo(1);
        assertThat(err.toString()).contains("there is no run named", "run.conf is missing");
    }

    @Test
    void resume_damagedConfig_namesTheFile() throws IOException {
        Path conf = Files.createDirectories(folder.resolve("one")).resolve("run.conf");
        Files.writeString(conf, "name = one\nseed = {");
        assertThat(execute("run", "--resume", folder.resolve("one").toString())).isEqualTo(2);
        assertThat(err.toString()).contains(conf.toString());
        assertThat(conf).hasContent("name = one\nseed = {");
    }

    @Test
    void resume_configCutShort_namesWhatIsMissing() throws IOException {
        Path conf = Files.createDirectories(folder.resolve("one")).resolve("run.conf");
        Files.writeString(conf, "name = one\nseed = 1\n");
        assertThat(execute("run", "--resume", folder.resolve("one").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("run.conf", "train", "jobs");
    }

    @Test
    void report_ofNoRun_isAFailure() throws IOException {
        Path empty = Files.createDirectories(folder.resolve("nothing"));
        assertThat(execute("report", empty.toString())).isEqualTo(1);
        assertThat(err.toString()).contains(empty.toString());
        assertThat(empty).isEmptyDirectory();
    }
}
