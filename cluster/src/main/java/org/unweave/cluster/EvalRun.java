package org.unweave.cluster;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.CheckpointRouter;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.eval.Control;
import org.unweave.eval.EvalSession;
import org.unweave.eval.Judgement;
import org.unweave.model.Progress;
import org.unweave.model.checkpoint.Checkpoint;

/**
 * Judges checkpoints that are there already, all by the evaluations of the first one's run, so that they are judged on
 * the same texts. What is stored already and was made of the same is not made again, so a call that was cut off goes on
 * where it was when it is made once more.
 */
public final class EvalRun {
    // What else would be another run's data.
    private static final List<String> MAY_CHANGE =
            List.of("eval", "cache", "slots", "supervision", "model.threads", "model.batch-sequences");

    private final List<EvalTarget> targets;
    private final List<RunConfig> configs;
    private final Path folder;
    private final boolean sameTexts;

    private EvalRun(List<EvalTarget> targets, List<RunConfig> configs, Path folder, boolean sameTexts) {
        this.targets = List.copyOf(targets);
        this.configs = List.copyOf(configs);
        this.folder = folder;
        this.sameTexts = sameTexts;
    }

    /**
     * What is asked for.
     *
     * @param saes runs, jobs and checkpoints, by folder or name
     * @param only the evaluations to make; empty for those of the run
     * @param seeds of the evaluation; empty for the run's own
     * @param out where results go; null for the run's folder
     * @param overrides each {@code key=value}
     * @param allSteps whether all checkpoints of a job are judged, not only the newest
     * @param sameTexts whether all seeds judge on the texts that the first one chooses
     */
    public record Request(
            List<String> saes,
            List<String> only,
            List<Long> seeds,
            @Nullable Path out,
            List<String> overrides,
            boolean allSteps,
            boolean sameTexts) {}

    /** Looks everything up, and refuses what does not fit together before anything is computed. */
    public static EvalRun prepare(Request request) {
        requireFree(request.overrides());
        Map<Path, EvalTarget> found = new TreeMap<>();
        List<EvalTarget> targets = new ArrayList<>();
        for (String named : request.saes()) {
            for (EvalTarget target : EvalTarget.find(named, request.allSteps())) {
                Path place = target.checkpoint().folder().toAbsolutePath().normalize();
                if (found.putIfAbsent(place, target) == null) {
                    targets.add(target);
                }
            }
        }
        requireOneModel(targets);
        requireDistinctNames(targets);
        return new EvalRun(
                targets, configs(request, targets.getFirst()), folder(request, targets), request.sameTexts());
    }

    /** Refuses overrides of keys that decide what an SAE was trained on. */
    static void requireFree(List<String> overrides) {
        for (String override : overrides) {
            String key =
                    override.substring(0, Math.max(0, override.indexOf('='))).strip();
            if (MAY_CHANGE.stream().noneMatch(free -> key.equals(free) || key.startsWith(free + "."))) {
                throw new RunException("--set " + override + " would judge by other data than the SAE was trained with;"
                        + " keys that may change here: " + String.join(", ", MAY_CHANGE));
            }
        }
    }

    /** Refuses SAEs that cannot be judged by one session. */
    static void requireOneModel(List<EvalTarget> targets) {
        EvalTarget first = targets.getFirst();
        List<String> others = new ArrayList<>();
        for (EvalTarget target : targets) {
            List<String> differences = target.differencesFrom(first);
            if (!differences.isEmpty()) {
                others.add(target.checkpoint().folder() + ": " + String.join(", ", differences));
            }
        }
        if (!others.isEmpty()) {
            throw new RunException("SAEs are judged together where they have the same model and hook; judge these apart"
                    + " from " + first.checkpoint().folder() + ":\n  " + String.join("\n  ", others));
        }
    }

    private static void requireDistinctNames(List<EvalTarget> targets) {
        Map<String, Path> places = new TreeMap<>();
        for (EvalTarget target : targets) {
            String name = target.run().name() + "/" + target.job() + " at step "
                    + target.checkpoint().manifest().step();
            Path before = places.put(name, target.checkpoint().folder());
            if (before != null) {
                throw new RunException("two checkpoints are named " + name + ", and one's results would replace the"
                        + " other's: " + before + " and " + target.checkpoint().folder() + "; judge one at a time, each"
                        + " with a folder of its own by --out");
            }
        }
    }

    /** One for each seed of the evaluation. */
    private static List<RunConfig> configs(Request request, EvalTarget first) {
        List<String> overrides = new ArrayList<>(request.overrides());
        if (!request.only().isEmpty()) {
            overrides.add("eval.evaluations=[" + String.join(", ", request.only()) + "]");
        }
        Path file = first.checkpoint().folder().resolve(Checkpoint.CONFIG);
        RunConfig own = ConfigReader.readForEvaluation(file, overrides);
        if (own.eval().evaluations().isEmpty()) {
            throw new RunException("the run " + own.name() + " has no evaluations; name some by --only");
        }
        List<RunConfig> configs = new ArrayList<>();
        for (long seed : request.seeds()) {
            List<String> seeded = new ArrayList<>(overrides);
            seeded.add("eval.seed=" + seed);
            configs.add(ConfigReader.readForEvaluation(file, seeded));
        }
        if (configs.isEmpty()) {
            configs.add(own);
        }
        configs.forEach(RunInputs::require);
        return configs;
    }

    private static Path folder(Request request, List<EvalTarget> targets) {
        if (request.out() != null) {
            return request.out();
        }
        Set<Optional<Path>> folders = new LinkedHashSet<>();
        targets.forEach(target -> folders.add(target.runFolder()));
        Optional<Path> only = folders.iterator().next();
        if (folders.size() > 1 || only.isEmpty()) {
            throw new RunException(
                    "the checkpoints do not lie in one run's folder; name a folder for the results by" + " --out");
        }
        return only.get();
    }

    /** Where results go. */
    public Path folder() {
        return folder;
    }

    /** How many SAEs are judged, for each seed, controls not counted. */
    public int saes() {
        return targets.size();
    }

    /**
     * Judges all, and returns what could not be judged, one line each.
     *
     * @throws RunException if the actors die
     */
    public List<String> run(Progress progress) {
        List<String> problems = new ArrayList<>();
        long ownSeed = targets.getFirst().run().eval().seed();
        try (RunData data = RunData.open(configs.getFirst(), progress)) {
            requireModelOfTraining(targets.getFirst(), configs.getFirst(), data);
            for (RunConfig config : configs) {
                String label = config.eval().seed() == ownSeed
                        ? ""
                        : "_seed" + config.eval().seed();
                long textsSeed =
                        (sameTexts ? configs.getFirst() : config).eval().seed();
                try (EvalSession session = data.evaluations(config, textsSeed)) {
                    problems.addAll(judge(data, config, session, label, progress));
                }
            }
        }
        return problems;
    }

    /** Results on another model would replace good ones. */
    static void requireModelOfTraining(EvalTarget target, RunConfig config, RunData data) {
        String loaded = data.model().fingerprint();
        String trained = target.modelSha256().orElse(loaded);
        if (!trained.equals(loaded)) {
            throw new RunException("the SAEs were trained on a model of sha256 " + trained + ", and "
                    + config.model().source() + " is now " + loaded
                    + "; bring the model of then back to its place");
        }
    }

    private List<String> judge(RunData data, RunConfig config, EvalSession session, String label, Progress progress) {
        List<CheckpointRouter.Task> tasks = new ArrayList<>();
        for (EvalTarget target : targets) {
            tasks.add(new CheckpointRouter.Task(
                    target.run().name(),
                    target.job(),
                    target.checkpoint().manifest().step(),
                    Judgement.SCHEDULED,
                    0,
                    target.checkpoint().ref()));
        }
        for (String control : config.eval().controls()) {
            tasks.add(new CheckpointRouter.Task(
                    config.name(), Control.of(control).job(), 0, Judgement.SCHEDULED, 0, null));
        }
        CompletableFuture<List<String>> outcome = new CompletableFuture<>();
        ActorSystem<EvalGuardian.Command> system = ActorSystem.create(
                EvalGuardian.create(config, tasks, () -> data.judge(folder, session, label), progress, outcome),
                "unweave",
                ConfigFactory.load("application-local"));
        system.getWhenTerminated()
                .whenComplete((done, failure) -> outcome.completeExceptionally(
                        new IllegalStateException("the actors ended before all was judged; the log has the reason")));
        try {
            return outcome.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("the evaluation was interrupted", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new RunException(String.valueOf(cause.getMessage()), e);
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
        }
    }
}
