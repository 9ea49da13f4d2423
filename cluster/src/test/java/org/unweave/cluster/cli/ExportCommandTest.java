package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.TensorFile;
import org.unweave.model.format.SaeLensFormat;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.variant.Variants;
import org.unweave.model.train.TrainLoop;

/** Pins what {@code unweave export} finds, writes and says, and that it refuses what would be wrong or would lose files. */
class ExportCommandTest {
    private static final int WIDTH = 8;
    private static final int FEATURES = 32;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path run = Path.of("");

    @BeforeEach
    void makeRun() {
        run = folder.resolve("one");
    }

    private int export(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "export";
        all[1] = "--format";
        all[2] = "saelens";
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        int exitCode = Unweave.execute(all, new PrintWriter(out, true), new PrintWriter(err, true));
        assertThat(err.toString()).doesNotContain("\tat ", "unexpected");
        return exitCode;
    }

    private Path job(String name) {
        return run.resolve("jobs").resolve(name);
    }

    /** A checkpoint of a variant with the settings of the preset smoke, after some updates on rows of noise. */
    private Checkpoint train(String name, int steps) {
        RunConfig config = ConfigReader.read(
                "smoke",
                List.of(
                        "name=one",
                        "runs-folder=" + folder,
                        "job.features=" + FEATURES,
                        "job.k=4",
                        "labelled.set=review-domain-sentiment",
                        "jobs=[{ variant = " + name + " }]"),
                Clock.systemUTC());
        JobConfig job = config.jobs().getFirst();
        Draws draws = new Draws(1, "rows");
        try (Device device = Device.cpu(1);
                TrainLoop loop = new TrainLoop(new SaeConfig(job, WIDTH, 100, 16, 0.5), device.ops());
                Mat xBD = Mat.zeros(16, WIDTH)) {
            for (int step = 0; step < steps; step++) {
                for (int row = 0; row < xBD.rows(); row++) {
                    for (int i = 0; i < WIDTH; i++) {
                        xBD.set(row, i, (float) draws.gaussian());
                    }
                }
                loop.step(xBD, false);
            }
            State state = new State();
            loop.save(state);
            return new CheckpointFolder(job(name).resolve("checkpoints"))
                    .write(
                            loop.manifest(1, Map.of("model", "SmolLM2", "unweave", "0.1.0")),
                            ConfigReader.render(config),
                            state);
        }
    }

    static Set<String> variants() {
        return Variants.names();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void job_ofEveryVariantByItsFolder_exportsItsNewestCheckpoint(String name) throws IOException {
        train(name, 1);
        Checkpoint newest = train(name, 3);

        assertThat(export(job(name).toString())).isZero();

        Path written = job(name).resolve("exports").resolve("saelens-000000003");
        assertThat(out.toString())
                .contains(newest.folder().toString(), "W_enc 8 x 32", "W_dec 32 x 8")
                .contains("SAE.load_from_disk(\"" + written + "\")");
        assertThat(err.toString()).isEmpty();
        assertThat(Files.readString(written.resolve("cfg.json")))
                .contains("\"model_name\" : \"SmolLM2\"", "\"hook_name\" : \"blocks.9.hook_resid_post\"")
                .contains("\"context_size\" : 64", "\"training_tokens\" : 48", "\"job\" : \"" + name + "\"");
        try (Device device = Device.cpu(1);
                FrozenSae trained = TrainLoop.frozen(newest, device.ops());
                FrozenSae exported = SaeLensFormat.read(written)) {
            assertThat(exported).hasSameClassAs(trained);
            assertThat(out.toString()).containsPattern("architecture: +" + exported.architecture() + "\\R");
            for (int i = 0; i < trained.weights().size(); i++) {
                assertThat(exported.weights().get(i).toArray())
                        .isEqualTo(trained.weights().get(i).toArray());
            }
        }
    }

    @Test
    void checkpoint_byItsOwnFolderOrByRunAndJob_isFound() {
        Checkpoint first = train("topk", 1);
        train("topk", 2);

        assertThat(export(first.folder().toString())).isZero();
        assertThat(job("topk").resolve("exports").resolve("saelens-000000001")).isDirectory();
        assertThat(export(run.resolve("topk").toString())).isZero();
        assertThat(job("topk").resolve("exports").resolve("saelens-000000002")).isDirectory();
    }

    @Test
    void checkpoint_outsideAJob_isExportedBesideItself() throws IOException {
        Path alone = Files.move(train("topk", 1).folder(), folder.resolve("alone"));

        assertThat(export(alone.toString())).isZero();

        assertThat(folder.resolve("saelens-alone").resolve("cfg.json")).isRegularFile();
    }

    @Test
    void checkpoint_ofARunBeforeAKeyOfTodaysEvaluations_isExported() throws IOException {
        Path config = train("topk", 1).folder().resolve("run.conf");
        String today = Files.readString(config);
        String before = today.replaceFirst("(?m)^  seed = 42\\R", "");
        assertThat(before).isNotEqualTo(today);
        Files.writeString(config, before);
        // Checkpoints of then had no checksum of it.
        Path file = config.resolveSibling("manifest.json");
        ObjectMapper json = new ObjectMapper();
        ObjectNode manifest = (ObjectNode) json.readTree(file.toFile());
        manifest.remove(List.of("sha256", "configSha256"));
        json.writeValue(file.toFile(), manifest.put("version", 2));

        assertThat(export(job("topk").toString())).as(err.toString()).isZero();
    }

    @Test
    void firingFrequencies_ofThisStep_areWritten() throws IOException {
        train("topk", 2);
        String density = Collections.nCopies(FEATURES, "0.125").stream().collect(Collectors.joining(",", "[", "]"));
        Path features = job("topk").resolve("features.json");
        Files.writeString(features, "{\"step\":1,\"density\":" + density + "}");

        assertThat(export(job("topk").toString())).isZero();
        Path written = job("topk").resolve("exports").resolve("saelens-000000002");
        assertThat(written.resolve("sparsity.safetensors")).doesNotExist();
        assertThat(out.toString()).contains("sparsity:");

        Files.writeString(features, "{\"step\":2,\"density\":" + density + "}");
        assertThat(export(job("topk").toString(), "--force")).isZero();
        assertThat(written.resolve("sparsity.safetensors")).isRegularFile();
    }

    @Test
    void checkRows_areWrittenWithWhatTheSaeMakesOfThem() throws IOException {
        train("topk", 2);
        Path target = folder.resolve("checked");

        assertThat(export(job("topk").toString(), "--out", target.toString(), "--check-rows", "20"))
                .isZero();

        try (TensorFile check = TensorFile.open(target.resolve("check.safetensors"))) {
            Mat xBD = Mat.zeros(20, WIDTH);
            check.readFloats(check.tensors().get("x"), xBD);
            double squares = 0;
            for (float value : xBD.toArray()) {
                squares += value * value;
            }
            // An input scale of 0.5 says that the model's rows have a root mean square norm of 2.
            assertThat(Math.sqrt(squares / 20)).isBetween(1.4, 2.6);
            assertThat(check.tensors().get("x_hat").shape()).containsExactly(20L, (long) WIDTH);
        }
        assertThat(SaeLensFormat.read(target).features()).isEqualTo(FEATURES);
    }

    @Test
    void export_thatIsThere_isReplacedOnlyByForce() throws IOException {
        train("topk", 1);
        Path target = folder.resolve("there");
        assertThat(export(job("topk").toString(), "--out", target.toString())).isZero();
        byte[] before = Files.readAllBytes(target.resolve("cfg.json"));
        train("topk", 2);

        assertThat(export(job("topk").toString(), "--out", target.toString())).isEqualTo(1);
        assertThat(err.toString()).startsWith("unweave: ").contains(target.toString(), "--force");
        assertThat(target.resolve("cfg.json")).hasBinaryContent(before);

        assertThat(export(job("topk").toString(), "--out", target.toString(), "--force"))
                .isZero();
        assertThat(Files.readString(target.resolve("cfg.json"))).contains("\"step\" : 2");
    }

    @Test
    void checkpoint_thatIsNotThere_isAFailureThatSaysWhatToGive() {
        assertThat(export(folder.resolve("absent").toString())).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("unweave: there is no checkpoint at")
                .contains("RUN/JOB");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void checkpoint_thatIsDamaged_isAFailureAndNothingIsWritten() throws IOException {
        Path state = train("topk", 1).folder().resolve("state.safetensors");
        byte[] whole = Files.readAllBytes(state);
        Files.write(state, Arrays.copyOf(whole, whole.length - 1));

        assertThat(export(state.getParent().toString())).isEqualTo(1);
        assertThat(err.toString()).contains(state.toString(), "damaged");
        assertThat(export(job("topk").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("there is no whole checkpoint in");
        assertThat(job("topk").resolve("exports")).doesNotExist();
    }
}
