package org.unweave.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.unweave.config.ConfigReader;
import org.unweave.config.LabelledConfig;
import org.unweave.config.RunConfig;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointFolder;

/**
 * A checkpoint that is to be judged.
 *
 * @param run the run that wrote it
 * @param runFolder where it lies in one
 */
record EvalTarget(RunConfig run, Checkpoint checkpoint, Optional<Path> runFolder) {

    /** What a person names: a run, a job, a checkpoint; by folder, by a run's name, or as RUN/JOB. */
    static List<EvalTarget> find(String named, boolean allSteps) {
        for (Path folder : List.of(Path.of(named), RunFolder.RUNS.resolve(named))) {
            if (Files.isDirectory(folder.resolve(CheckpointLookup.JOBS))) {
                return ofRun(folder, allSteps);
            }
        }
        Checkpoint one = CheckpointLookup.find(named);
        Optional<Path> job = CheckpointLookup.jobOf(one);
        boolean byItself = one.folder()
                .toAbsolutePath()
                .normalize()
                .equals(Path.of(named).toAbsolutePath().normalize());
        if (allSteps && !byItself && job.isPresent()) {
            return ofJob(job.get(), true);
        }
        return List.of(of(one));
    }

    private static List<EvalTarget> ofRun(Path folder, boolean allSteps) {
        List<EvalTarget> targets = new ArrayList<>();
        try (Stream<Path> jobs = Files.list(folder.resolve(CheckpointLookup.JOBS))) {
            for (Path job : jobs.filter(Files::isDirectory).sorted().toList()) {
                targets.addAll(ofJob(job, allSteps));
            }
        } catch (IOException e) {
            throw new RunException(folder + " cannot be read (" + e + ")", e);
        }
        if (targets.isEmpty()) {
            throw new RunException("no job of " + folder + " has a checkpoint yet; wait until one has written one");
        }
        return targets;
    }

    private static List<EvalTarget> ofJob(Path job, boolean allSteps) {
        if (!allSteps) {
            return CheckpointLookup.whole(job).stream().map(EvalTarget::of).toList();
        }
        CheckpointFolder folder = new CheckpointFolder(job.resolve(CheckpointLookup.CHECKPOINTS));
        return folder.steps().stream()
                .map(step -> of(Checkpoint.open(folder.at(step))))
                .toList();
    }

    private static EvalTarget of(Checkpoint checkpoint) {
        RunConfig run = ConfigReader.readForEvaluation(checkpoint.folder().resolve(Checkpoint.CONFIG), List.of());
        Optional<Path> runFolder = CheckpointLookup.jobOf(checkpoint)
                .map(Path::getParent)
                .filter(jobs -> jobs.endsWith(CheckpointLookup.JOBS))
                .map(Path::getParent);
        return new EvalTarget(run, checkpoint, runFolder);
    }

    String job() {
        return checkpoint.manifest().job().name();
    }

    /** Whether this can be judged by the same session as another: what is not the same, one line each. */
    List<String> differencesFrom(EvalTarget other) {
        List<String> differences = new ArrayList<>();
        compare("model", model(), other.model(), differences);
        compare("hook", run.model().hook(), other.run.model().hook(), differences);
        compare(
                "width",
                Integer.toString(checkpoint.manifest().width()),
                Integer.toString(other.checkpoint.manifest().width()),
                differences);
        // The session keeps the other's texts out of its tests; who was trained on none can be judged on any.
        if (run.labelled().source().isPresent()) {
            compare("labelled texts", labelled(), other.labelled(), differences);
        }
        return differences;
    }

    private String labelled() {
        LabelledConfig texts = run.labelled();
        return texts.source()
                .map(set -> set + " " + texts.mains() + " by seed " + texts.splitSeed())
                .orElse("none");
    }

    /** Of the model that it was trained on; empty where its checkpoint does not say. */
    Optional<String> modelSha256() {
        return Optional.ofNullable(checkpoint.manifest().provenance().get("model_sha256"));
    }

    private String model() {
        return modelSha256().orElse("unknown");
    }

    private static void compare(String what, String mine, String others, List<String> differences) {
        if (!mine.equals(others)) {
            differences.add(what + " " + mine + " in place of " + others);
        }
    }
}
