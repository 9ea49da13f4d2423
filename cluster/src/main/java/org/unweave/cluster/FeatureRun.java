package org.unweave.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.eval.AttributionReport;
import org.unweave.eval.EvalSession;
import org.unweave.eval.EvaluationException;
import org.unweave.eval.FeatureStudy;
import org.unweave.eval.Subject;
import org.unweave.model.Progress;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.Manifest;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.file.Durable;
import org.unweave.model.math.Device;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.train.TrainLoop;

/** Looks at single features of checkpoints, on the held-out text of their run. */
public final class FeatureRun {
    /** Where the studies of a run's jobs are, each in a folder of its own. */
    public static final String FEATURES = "features";

    private static final Logger LOG = LoggerFactory.getLogger(FeatureRun.class);
    private static final String STUDY = "features.json";
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Request request;
    private final List<EvalTarget> targets;
    private final RunConfig config;

    private FeatureRun(Request request, List<EvalTarget> targets, RunConfig config) {
        this.request = request;
        this.targets = List.copyOf(targets);
        this.config = config;
    }

    /**
     * What is asked for.
     *
     * @param sae a run, a job or a checkpoint, by folder or name
     * @param count features for each reason to look at one
     * @param examples the most texts for each feature
     * @param out the folder to write to; null for {@code features/<job>} in the run's folder
     * @param overrides each {@code key=value}
     */
    public record Request(
            String sae, int count, int examples, @Nullable Path out, List<String> overrides) {}

    /** A study that was written. */
    public record Written(String job, long step, Path study) {}

    /** Looks everything up before anything is computed. */
    public static FeatureRun prepare(Request request) {
        EvalRun.requireFree(request.overrides());
        List<EvalTarget> targets = EvalTarget.find(request.sae(), false);
        EvalRun.requireOneModel(targets);
        if (request.out() != null && targets.size() > 1) {
            throw new RunException(request.sae() + " has " + targets.size() + " jobs, whose features do not go into one"
                    + " folder; leave --out out, or name one job");
        }
        EvalTarget first = targets.getFirst();
        if (request.out() == null && first.runFolder().isEmpty()) {
            throw new RunException(
                    first.checkpoint().folder() + " does not lie in a run's folder; name a folder by --out");
        }
        RunConfig config = ConfigReader.readForEvaluation(
                first.checkpoint().folder().resolve(Checkpoint.CONFIG), request.overrides());
        RunInputs.require(config);
        return new FeatureRun(request, targets, config);
    }

    /** How many SAEs are looked at. */
    public int saes() {
        return targets.size();
    }

    /** Writes the studies. */
    public List<Written> run(Progress progress) {
        List<Written> written = new ArrayList<>();
        try (RunData data = RunData.open(config, progress)) {
            EvalRun.requireModelOfTraining(targets.getFirst(), config, data);
            try (EvalSession session = data.evaluations(config);
                    Device device = Device.cpu(config.slots().threads())) {
                FeatureStudy study = new FeatureStudy(session, device);
                for (EvalTarget target : targets) {
                    progress.report("features", written.size(), targets.size(), "SAEs");
                    written.add(write(study, device, target));
                }
                progress.report("features", written.size(), targets.size(), "SAEs");
            }
        }
        return written;
    }

    private Written write(FeatureStudy study, Device device, EvalTarget target) {
        Manifest manifest = target.checkpoint().manifest();
        ObjectNode json;
        try (FrozenSae sae = TrainLoop.frozen(target.checkpoint(), device.ops())) {
            Subject subject = new Subject(
                    target.run().name(),
                    target.job(),
                    manifest.step(),
                    manifest.job().variant(),
                    manifest.step() * manifest.batchRows(),
                    sae);
            json = study.study(
                    subject,
                    new FeatureStudy.Request(
                            request.count(),
                            request.examples(),
                            config.eval().seed(),
                            attribution(target).orElse(null)));
        }
        Path file = folder(target).resolve(STUDY);
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Durable.write(file, MAPPER.writeValueAsBytes(json));
        } catch (IOException e) {
            throw new RunException("cannot write " + file + " (" + e + ")", e);
        }
        return new Written(target.job(), manifest.step(), file);
    }

    private Path folder(EvalTarget target) {
        return Optional.ofNullable(request.out())
                .orElseGet(
                        () -> target.runFolder().orElseThrow().resolve(FEATURES).resolve(target.job()));
    }

    /** The newest report on this job that is not newer than the checkpoint; evaluators report on some variants only. */
    private static Optional<AttributionSnapshot> attribution(EvalTarget target) {
        long newest = target.checkpoint().manifest().step();
        @Nullable Path run = target.runFolder().orElse(null);
        if (run == null) {
            return Optional.empty();
        }
        @Nullable AttributionSnapshot best = null;
        for (long step : AttributionReport.steps(run, target.run().name(), target.job())) {
            if (step <= newest && (best == null || step > best.step())) {
                try {
                    best = AttributionReport.read(
                            AttributionReport.file(run, target.run().name(), target.job(), step));
                } catch (EvaluationException damaged) {
                    LOG.warn("an attribution is passed over: {}", damaged.getMessage());
                }
            }
        }
        return Optional.ofNullable(best);
    }
}
