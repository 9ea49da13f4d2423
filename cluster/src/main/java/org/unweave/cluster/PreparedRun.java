package org.unweave.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.actors.Seat;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.SlotsConfig;
import org.unweave.eval.AttributionReport;
import org.unweave.eval.EvalSession;
import org.unweave.eval.EvaluationException;
import org.unweave.eval.Judge;
import org.unweave.model.Progress;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.data.Batches;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.file.Durable;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.train.Hearing;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.TrainJob;

/** What a run works on: its data, its jobs, the sets it is judged on. */
final class PreparedRun implements AutoCloseable {
    private static final String SLOT_DEVICE = "slot_device";
    private static final String PROVENANCE = "provenance.json";
    private static final Logger LOG = LoggerFactory.getLogger(PreparedRun.class);

    private record JobSeat(String job, Seat seat) {}

    private final RunConfig config;
    private final RunData data;
    private final Peers peers;
    private final Batches batches;
    private final Mat heldOutBD;
    private final EvalSession session;
    private final Map<String, String> provenance;
    private final Map<JobSeat, Device> jobDevices = new HashMap<>();
    private boolean closed;

    private PreparedRun(RunConfig config, RunData data, Peers peers) {
        this.config = config;
        this.data = data;
        this.peers = peers;
        this.batches = data.batches();
        this.session = data.evaluations(config);
        this.heldOutBD = Mat.zeros(batches.heldOutRows(), data.store().width());
        batches.heldOut(heldOutBD);
        this.provenance = provenance();
        peers.mirror(config).bring(config.folder().resolve(PROVENANCE));
        requireUnchanged(provenance);
        store(provenance);
    }

    /** Fetches, loads and harvests what is not there yet. */
    static PreparedRun prepare(RunConfig config, Progress progress) {
        return prepare(config, Peers.NONE, progress);
    }

    /**
     * The same, by help of other nodes.
     *
     * @param peers closed with this
     */
    static PreparedRun prepare(RunConfig config, Peers peers, Progress progress) {
        RunData data = RunData.open(config, peers.shards(), progress);
        warnOfFewFeatures(config.jobs(), data.model().width());
        return new PreparedRun(config, data, peers);
    }

    // Such an SAE cannot even be the identity; small ones are trained to try something out.
    private static void warnOfFewFeatures(List<JobConfig> jobs, int width) {
        for (JobConfig job : jobs) {
            if (job.features() < width) {
                LOG.warn(
                        "{} has {} features for activations of width {}; a dictionary of fewer features than dimensions is"
                                + " seldom meant",
                        job.name(),
                        job.features(),
                        width);
            }
        }
    }

    private Map<String, String> provenance() {
        Map<String, String> all = new TreeMap<>();
        all.put("unweave", version());
        all.put("commit", System.getenv().getOrDefault("UNWEAVE_COMMIT", "unknown"));
        all.put("model", data.model().name());
        all.put("model_sha256", data.model().fingerprint());
        all.put("corpus_sha256", data.corpus().fingerprint());
        all.put("activations", data.store().recipe().key());
        all.put("activations_sha256", data.store().fingerprint());
        data.labelled().ifPresent(labelled -> all.put("labelled_sha256", labelled.fingerprint()));
        all.put("hook", config.model().hook());
        all.put("seed", Long.toString(config.seed()));
        all.put(SLOT_DEVICE, config.slots().device() == SlotsConfig.Kind.CUDA ? "cuda" : "cpu:threads=" + threads());
        return all;
    }

    /** Refuses to go on with a run on another model or other texts than it was begun with. */
    private void requireUnchanged(Map<String, String> now) {
        Path file = config.folder().resolve(PROVENANCE);
        if (!Files.exists(file)) {
            return;
        }
        try {
            JsonNode before = new ObjectMapper().readTree(file.toFile());
            for (String key :
                    List.of("model_sha256", "corpus_sha256", "activations", "activations_sha256", "labelled_sha256")) {
                if (!before.path(key).asText().equals(now.getOrDefault(key, ""))) {
                    throw new RunException("the run was begun with " + key + " "
                            + before.path(key).asText()
                            + ", and now it is " + now.get(key)
                            + "; bring the model, the texts and the activations of then back (nodes of different processors share"
                            + " activations by --activations pull), or begin another run");
                }
            }
        } catch (IOException e) {
            throw new RunException(file + " cannot be read (" + e + "); remove it if it is damaged", e);
        }
    }

    private static String version() {
        String version = PreparedRun.class.getPackage().getImplementationVersion();
        return version == null ? "not packaged" : version;
    }

    private void store(Map<String, String> all) {
        Map<String, Object> json = new LinkedHashMap<>(all);
        json.put("stored_rows", data.store().train().rows());
        json.put("excluded_rows", data.store().train().excludedRows());
        json.put("median_norm", data.store().train().medianNorm());
        json.put("input_scale", data.store().scale());
        try {
            String text = new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsString(json);
            Durable.write(config.folder().resolve(PROVENANCE), text + "\n");
        } catch (IOException e) {
            throw new RunException(config.folder() + " cannot be written (" + e + "); make it writable", e);
        }
    }

    RunConfig config() {
        return config;
    }

    Batches batches() {
        return batches;
    }

    private int threads() {
        return config.slots().threads();
    }

    /**
     * Opens a job where its folder left it; on the thread that will work on it, which is bound to the seat's card.
     *
     * @param now the run's config, which has jobs that were added since
     */
    TrainJob openJob(RunConfig now, JobConfig job, int epoch, Seat seat) {
        Device device = device(job, seat);
        device.attach();
        TrainJob.Setup setup = new TrainJob.Setup(
                config.folder(),
                ConfigReader.render(now),
                now.train(),
                job,
                data.store().width(),
                data.store().scale(),
                batches::texts,
                heldOutBD,
                epoch,
                exchange(now, job),
                provenance(device, seat));
        return new TrainJob(setup, device.ops());
    }

    // A job that was added later is nobody's peer: the others would hear of it from some update on, and would not if
    // they
    // began again.
    private static Hearing.Plan exchange(RunConfig config, JobConfig job) {
        List<String> peers = config.jobs().stream()
                .filter(other -> other.similarity().weight() > 0
                        && !other.name().equals(job.name())
                        && !config.added().contains(other.name()))
                .map(JobConfig::name)
                .sorted()
                .toList();
        String replay = config.exchange().replay();
        return new Hearing.Plan(config.exchange(), peers, replay.isEmpty() ? null : replayed(Path.of(replay), job));
    }

    /** What a job of this name heard, and how it was changed, in a run that is there. */
    private static Hearing.Replay replayed(Path run, JobConfig job) {
        CheckpointFolder.Loaded loaded = new JobFolder(run, job.name())
                .checkpoints()
                .newest()
                .orElseThrow(() -> new RunException("exchange.replay: " + run + " has no checkpoint of a job named "
                        + job.name() + "; give the folder of a run of the same jobs"));
        try {
            return Hearing.Replay.of(loaded.state());
        } finally {
            loaded.state().close();
        }
    }

    private synchronized Device device(JobConfig job, Seat seat) {
        return jobDevices.computeIfAbsent(new JobSeat(job.name(), seat), one -> switch (seat.kind()) {
            case CPU -> Device.cpu(threads());
            case CUDA -> Device.cuda(seat.card(), threads());
        });
    }

    // Which card it is may be another after each placement.
    private Map<String, String> provenance(Device device, Seat seat) {
        Map<String, String> all = new TreeMap<>(provenance);
        if (seat.kind() == SlotsConfig.Kind.CUDA) {
            all.put(SLOT_DEVICE, device.name());
        }
        return all;
    }

    /** Opens a judge with a device of its own; on the thread that will work with it. */
    Judge openJudge() {
        return data.judge(config.folder(), session, "", peers.mirror(config));
    }

    /** What an evaluator has found in a job's checkpoint of a step, if its report is there. */
    Optional<AttributionSnapshot> attribution(String job, long step) {
        Path file = AttributionReport.file(config.folder(), config.name(), job, step);
        if (!peers.mirror(config).bring(file) || !Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(AttributionReport.read(file));
        } catch (EvaluationException e) {
            LOG.warn("an attribution is not heard: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Closing it again does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        session.close();
        heldOutBD.close();
        data.close();
        peers.close();
        jobDevices.values().forEach(Device::close);
    }
}
