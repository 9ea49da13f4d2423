package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A run folder as it lies on disk. The run may still be going or may have been cut off at any instant: a missing or
 * torn file is left out, and {@code problems} says so.
 *
 * @param configuration the text of {@code run.conf}; empty without the file
 * @param provenance the document {@code provenance.json}; a missing node without the file
 * @param evaluations sorted by evaluation, SAE and step
 * @param problems one sentence for every file or line that could not be used
 */
public record RunFiles(
        Path folder,
        String configuration,
        JsonNode provenance,
        List<JobFiles> jobs,
        List<Evaluation> evaluations,
        List<String> problems) {

    /** Orders names as a reader would: {@code topk-k16}, {@code topk-k64}, {@code topk-k128}. */
    static final Comparator<String> NATURAL_ORDER = NaturalOrder::compare;

    private static final Pattern TRAINING_SEED = Pattern.compile("-seed[0-9]+$");

    public RunFiles {
        jobs = List.copyOf(jobs);
        evaluations = List.copyOf(evaluations);
        problems = List.copyOf(problems);
    }

    /**
     * @throws RunFolderException if there is no such folder, or it holds nothing of a run
     */
    public static RunFiles read(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        if (!Files.isDirectory(absolute)) {
            throw new RunFolderException(folder + " is no folder: give the folder of a run, as runs/<run>");
        }
        if (!Files.exists(absolute.resolve("run.conf"))
                && !Files.isDirectory(absolute.resolve("jobs"))
                && !Files.isDirectory(absolute.resolve("evals"))) {
            throw new RunFolderException(
                    folder + " holds neither run.conf nor jobs nor evals: give the folder of a run, as runs/<run>");
        }
        return new RunFolderReader(absolute).read();
    }

    /** The evaluations of a run's folder alone, sorted as those of {@link #read}; what cannot be read is left out. */
    public static List<Evaluation> evaluations(Path folder) {
        return new RunFolderReader(folder.toAbsolutePath().normalize()).evaluations();
    }

    public String name() {
        Path last = folder.getFileName();
        return last == null ? folder.toString() : last.toString();
    }

    public Optional<JobFiles> job(String name) {
        return jobs.stream().filter(job -> job.name().equals(name)).findFirst();
    }

    /**
     * @throws RunFolderException if the run has no such job
     */
    JobFiles requireJob(String name) {
        return job(name)
                .orElseThrow(() -> new RunFolderException("the run " + name() + " has no job named " + name
                        + "; it has "
                        + (jobs.isEmpty()
                                ? "none yet"
                                : String.join(
                                        ", ", jobs.stream().map(JobFiles::name).toList()))));
    }

    /** Every SAE there is something to say about: the jobs, then what was evaluated besides them. */
    public List<String> saes() {
        List<String> names = new ArrayList<>(jobs.stream().map(JobFiles::name).toList());
        evaluations.stream()
                .map(Evaluation::sae)
                .distinct()
                .filter(name -> job(name).isEmpty())
                .sorted(Comparator.comparing((String name) -> Evaluation.control(name))
                        .thenComparing(NATURAL_ORDER))
                .forEach(names::add);
        return names;
    }

    public List<Evaluation> evaluations(String evaluation, String sae) {
        return evaluations.stream()
                .filter(result ->
                        result.evaluation().equals(evaluation) && result.sae().equals(sae))
                .toList();
    }

    /** The result of an SAE's newest evaluated step. */
    public Optional<Evaluation> newest(String evaluation, String sae) {
        return evaluations(evaluation, sae).stream().max(NEWER);
    }

    private static final Comparator<Evaluation> NEWER =
            Comparator.comparingLong(Evaluation::step).thenComparing(Evaluation::seed, Comparator.reverseOrder());

    /** All SAEs by their names without the training seed, those that differ in nothing else together. */
    Map<String, List<String>> byTrainingSeed() {
        Map<String, List<String>> names = new LinkedHashMap<>();
        saes().forEach(sae -> names.computeIfAbsent(withoutSeed(sae), name -> new ArrayList<>())
                .add(sae));
        return names;
    }

    /** A job's name without its training seed. */
    static String withoutSeed(String sae) {
        return TRAINING_SEED.matcher(sae).replaceFirst("");
    }

    /**
     * The results of each SAE's newest evaluated step, all evaluation seeds of it; jobs that differ in their training seed
     * only are one, under the name without it.
     */
    Map<String, List<Evaluation>> bySeeds(String evaluation) {
        Map<String, List<Evaluation>> results = new LinkedHashMap<>();
        for (String sae : saes()) {
            long newest = newest(evaluation, sae).map(Evaluation::step).orElse(-1L);
            List<Evaluation> all = evaluations(evaluation, sae).stream()
                    .filter(result -> result.step() == newest)
                    .toList();
            if (!all.isEmpty()) {
                results.computeIfAbsent(withoutSeed(sae), name -> new ArrayList<>())
                        .addAll(all);
            }
        }
        return results;
    }

    /** The newest result of each SAE for one evaluation, in the order of {@link #saes()}. */
    public Collection<Evaluation> newest(String evaluation) {
        List<String> order = saes();
        Map<Integer, Evaluation> results = new TreeMap<>();
        for (Evaluation result : evaluations) {
            if (result.evaluation().equals(evaluation)) {
                results.merge(
                        order.indexOf(result.sae()),
                        result,
                        (one, other) -> NEWER.compare(one, other) > 0 ? one : other);
            }
        }
        return results.values();
    }

    static JsonNode none() {
        return MissingNode.getInstance();
    }
}
