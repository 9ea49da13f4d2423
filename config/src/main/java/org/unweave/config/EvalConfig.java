package org.unweave.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The evaluations of a checkpoint. All sizes are repeated in each result's {@code eval_config}.
 *
 * @param evaluations the evaluations to run, by their SAEBench names, and {@code mechanisms}
 * @param seed decides what is drawn: splits, negatives, shuffles
 * @param controls what is evaluated beside the trained SAEs: {@code random}, {@code pca}, {@code residual}
 * @param dataFolder where SAEBench's own data sets are, or {@code none}
 */
public record EvalConfig(
        List<String> evaluations,
        long seed,
        List<String> controls,
        String dataFolder,
        CoreConfig core,
        SparseProbingConfig sparseProbing,
        ScrTppConfig scrTpp,
        UnlearningConfig unlearning) {

    private static final String NONE = "none";
    private static final List<String> EVALUATIONS =
            List.of("core", "sparse_probing", "scr", "tpp", "unlearning", "mechanisms");
    private static final List<String> CONTROLS = List.of("random", "pca", "residual");

    public EvalConfig {
        evaluations = List.copyOf(evaluations);
        Check.that(seed >= 0, "seed", "is " + seed + ", and is to be at least 0");
        for (String evaluation : evaluations) {
            Check.that(
                    EVALUATIONS.contains(evaluation),
                    "evaluations",
                    "\"" + evaluation + "\" is none of " + String.join(", ", EVALUATIONS));
        }
        Check.distinct("evaluations", evaluations);
        controls = List.copyOf(controls);
        for (String control : controls) {
            Check.that(
                    CONTROLS.contains(control),
                    "controls",
                    "\"" + control + "\" is none of " + String.join(", ", CONTROLS));
        }
        Check.distinct("controls", controls);
        Check.that(!dataFolder.isBlank(), "data-folder", "is empty; give a path or none");
    }

    /** The folder of SAEBench's own data sets, where one is given. */
    public Optional<Path> saeBenchFolder() {
        return dataFolder.equals(NONE) ? Optional.empty() : Optional.of(Path.of(dataFolder));
    }

    /**
     * @param sequences held-out sequences
     * @param contextTokens tokens of a sequence, BOS included
     * @param batchSequences sequences of one forward pass
     */
    public record CoreConfig(int sequences, int contextTokens, int batchSequences) {
        public CoreConfig {
            Check.atLeast("sequences", sequences, 1);
            Check.atLeast("context-tokens", contextTokens, 3);
            Check.atLeast("batch-sequences", batchSequences, 1);
        }
    }

    /**
     * @param datasets names of labelled sets
     * @param trainTexts texts of a class that probes are trained on, at most
     * @param testTexts texts of a class that probes are tested on, at most
     * @param contextTokens tokens of a text, BOS included
     * @param batchTexts texts of one forward pass
     * @param kValues numbers of latents that a probe may use
     */
    public record SparseProbingConfig(
            List<String> datasets,
            int trainTexts,
            int testTexts,
            int contextTokens,
            int batchTexts,
            List<Integer> kValues) {

        /** The numbers of latents that SAEBench's schema has keys for. */
        public static final List<Integer> PROTOCOL_K = List.of(1, 2, 5, 10, 20, 50, 100);

        public SparseProbingConfig {
            datasets = List.copyOf(datasets);
            kValues = List.copyOf(kValues);
            Check.that(!datasets.isEmpty(), "datasets", "is empty");
            Check.that(!kValues.isEmpty(), "k-values", "is empty");
            Check.distinct("datasets", datasets);
            Check.distinct("k-values", kValues);
            Check.atLeast("train-texts", trainTexts, 2);
            Check.atLeast("test-texts", testTexts, 2);
            Check.atLeast("context-tokens", contextTokens, 2);
            Check.atLeast("batch-texts", batchTexts, 1);
            for (int k : kValues) {
                Check.that(PROTOCOL_K.contains(k), "k-values", notOf(k, PROTOCOL_K));
            }
        }
    }

    /**
     * @param scrDatasets names of sets of two attributes
     * @param scrTrainTexts texts of each of the four combinations that SCR's probes are trained on; those that the
     *     biased probe knows need twice as many
     * @param scrTestTexts texts of each combination that they are tested on, in the same way
     * @param tppDatasets names of labelled sets
     * @param tppTrainTexts texts of a class that TPP's probes are trained on, at most
     * @param tppTestTexts texts of a class that they are tested on, at most
     * @param contextTokens tokens of a text, BOS included
     * @param batchTexts texts of one forward pass
     * @param nValues numbers of latents that are ablated
     * @param controlDraws sets of random latents that stand beside the chosen ones
     * @param intervalDraws samples of the test texts that a score's interval is taken from
     */
    public record ScrTppConfig(
            List<String> scrDatasets,
            int scrTrainTexts,
            int scrTestTexts,
            List<String> tppDatasets,
            int tppTrainTexts,
            int tppTestTexts,
            int contextTokens,
            int batchTexts,
            List<Integer> nValues,
            int controlDraws,
            int intervalDraws) {

        /** The numbers of latents that SAEBench's schema has keys for. */
        public static final List<Integer> PROTOCOL_N = List.of(2, 5, 10, 20, 50, 100, 500);

        public ScrTppConfig {
            scrDatasets = List.copyOf(scrDatasets);
            tppDatasets = List.copyOf(tppDatasets);
            nValues = List.copyOf(nValues);
            Check.that(!scrDatasets.isEmpty(), "scr-datasets", "is empty");
            Check.that(!tppDatasets.isEmpty(), "tpp-datasets", "is empty");
            Check.that(!nValues.isEmpty(), "n-values", "is empty");
            Check.distinct("scr-datasets", scrDatasets);
            Check.distinct("tpp-datasets", tppDatasets);
            Check.distinct("n-values", nValues);
            Check.atLeast("scr-train-texts", scrTrainTexts, 2);
            Check.atLeast("scr-test-texts", scrTestTexts, 2);
            Check.atLeast("tpp-train-texts", tppTrainTexts, 2);
            Check.atLeast("tpp-test-texts", tppTestTexts, 2);
            Check.atLeast("context-tokens", contextTokens, 2);
            Check.atLeast("batch-texts", batchTexts, 1);
            Check.atLeast("control-draws", controlDraws, 0);
            Check.atLeast("interval-draws", intervalDraws, 0);
            for (int n : nValues) {
                Check.that(PROTOCOL_N.contains(n), "n-values", notOf(n, PROTOCOL_N));
            }
        }
    }

    private static String notOf(int number, List<Integer> protocol) {
        return number + " is none of the protocol's "
                + protocol.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
