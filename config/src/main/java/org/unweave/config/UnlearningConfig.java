package org.unweave.config;

import java.util.List;

/**
 * How much of a subject an SAE's latents can take away from a model that keeps the rest.
 *
 * @param forget names of question sets, each forgotten in turn
 * @param retain names of question sets, of which a model has to keep those that are not being forgotten
 * @param questionIds a folder of SAEBench's lists of questions that the model answers; empty to ask the model
 * @param retainQuestions retained questions that are asked, at most
 * @param retainTokens tokens of held-out text that latents should be silent on
 * @param contextTokens tokens of a sequence of that text, BOS included
 * @param retainThresholds firing rates on what is to be kept, below which a latent may be used
 * @param nFeatures numbers of latents
 * @param multipliers what latents are clamped to the negative of, in the model's own activation scale
 * @param relativeMultipliers the same, as multiples of each latent's own largest value
 * @param gate the share of the retained questions that must stay right
 * @param stopEarly whether a configuration that has lost its gate is asked nothing more
 * @param randomDraws draws of random latents as a control
 * @param bootstrapSamples resamples of the questions for the score's interval
 * @param corpora where the firing rates are taken by which latents are chosen
 */
public record UnlearningConfig(
        List<String> forget,
        List<String> retain,
        Asking asking,
        String questionIds,
        int retainQuestions,
        int retainTokens,
        int contextTokens,
        List<Double> retainThresholds,
        List<Integer> nFeatures,
        List<Double> multipliers,
        List<Double> relativeMultipliers,
        double gate,
        boolean stopEarly,
        int randomDraws,
        int bootstrapSamples,
        CorporaConfig corpora) {

    private static final String BIOLOGY = "wmdp-bio";

    public UnlearningConfig {
        forget = List.copyOf(forget);
        retain = List.copyOf(retain);
        retainThresholds = List.copyOf(retainThresholds);
        nFeatures = List.copyOf(nFeatures);
        multipliers = List.copyOf(multipliers);
        relativeMultipliers = List.copyOf(relativeMultipliers);
        Check.that(!forget.isEmpty(), "forget", "is empty");
        Check.distinct("forget", forget);
        Check.distinct("retain", retain);
        for (String subject : forget) {
            Check.that(
                    retain.stream().anyMatch(other -> !other.equals(subject)),
                    "retain",
                    "has nothing to keep while " + subject + " is forgotten");
        }
        Check.that(
                questionIds.isEmpty() || asking == Asking.LETTER,
                "question-ids",
                "is for asking = letter only, since a likelihood is not what the lists were made by");
        for (String subject : forget) {
            Check.that(
                    corpora.source() == Corpora.QUESTIONS || isBiology(subject),
                    "corpora",
                    "are of " + BIOLOGY + " alone where source is saebench, but forget has " + subject
                            + "; set forget to [" + BIOLOGY + "], or source to questions");
        }
        Check.atLeast("retain-questions", retainQuestions, 1);
        Check.atLeast("retain-tokens", retainTokens, 1);
        Check.atLeast("context-tokens", contextTokens, 3);
        positive("retain-thresholds", retainThresholds);
        positive("multipliers", multipliers);
        Check.that(!nFeatures.isEmpty(), "n-features", "is empty");
        nFeatures.forEach(n -> Check.atLeast("n-features", n, 1));
        Check.distinct("n-features", nFeatures);
        Check.distinct("relative-multipliers", relativeMultipliers);
        relativeMultipliers.forEach(factor -> Check.positive("relative-multipliers", factor));
        Check.within("gate", gate, 0, 1);
        Check.atLeast("random-draws", randomDraws, 0);
        Check.atLeast("bootstrap-samples", bootstrapSamples, 0);
    }

    /** The set itself, or a file of its questions. */
    private static boolean isBiology(String subject) {
        return subject.equals(BIOLOGY)
                || subject.equals(BIOLOGY + ".jsonl")
                || subject.endsWith("/" + BIOLOGY + ".jsonl");
    }

    private static void positive(String key, List<Double> values) {
        Check.that(!values.isEmpty(), key, "is empty");
        Check.distinct(key, values);
        values.forEach(value -> Check.positive(key, value));
    }

    /** How a question is put to a model, and its answer read. */
    public enum Asking {
        /** The right option must be the likeliest to follow the question: total log-probability of its tokens. */
        LIKELIHOOD,
        /** The model is shown all options and names a letter, as SAEBench asks Gemma. */
        LETTER
    }

    /**
     * The texts on which firing rates are taken.
     *
     * @param sequences of SAEBench's corpora: documents that are drawn of what is to be forgotten, and sequences that are
     *     used of each corpus, at most
     * @param contextTokens tokens of each of those sequences, BOS included
     */
    public record CorporaConfig(Corpora source, int sequences, int contextTokens) {
        public CorporaConfig {
            Check.atLeast("sequences", sequences, 1);
            Check.atLeast("context-tokens", contextTokens, 2);
            Check.that(
                    (long) sequences * contextTokens <= Integer.MAX_VALUE,
                    "sequences",
                    sequences + " of " + contextTokens + " tokens are more than " + Integer.MAX_VALUE + " tokens");
        }
    }

    /** Whose texts they are. */
    public enum Corpora {
        /** The questions with their answers, halved, and held-out text. */
        QUESTIONS,
        /** SAEBench's: papers of biology and Wikipedia, the same for all questions. */
        SAEBENCH
    }
}
