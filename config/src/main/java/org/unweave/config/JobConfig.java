package org.unweave.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * One SAE to train.
 *
 * @param name the job's name and its folder's: the variant, and what differs inside a grid
 * @param variant the registered variant
 * @param compatibility whose rules are followed to the letter, where they are not ours
 * @param seed decides the parameters at the start and what the variant draws
 * @param features F, the number of latents
 * @param k latents kept per row, where the activation keeps a number
 * @param activation what decides which latents are active, in the variants that leave it open
 * @param targetL0 the mean number of active latents a row that a penalty is steered to, where the activation keeps no number
 * @param learningRate Adam's step size after the warm-up
 * @param adamBeta1 the decay of Adam's first moment
 * @param gradientClip the global norm that gradients are cut to; 0 does not cut
 * @param schedule shares of the run at which things begin and end
 * @param auxK the loss that revives dead latents
 * @param sparsity the penalty on active latents
 * @param similarity the term of a dynamic margin between decoder rows; weight 0 leaves it out
 * @param attribution which latents tell of the spurious label, followed while training
 * @param adversarial the term that takes the spurious label out of the codes; weight 0 leaves it out
 * @param orthogonality the term that sets the latents apart which tell most of the spurious label; weight 0 leaves it out
 * @param contrastive the term that draws codes of one main label together; weight 0 leaves it out
 * @param threshold the moving threshold by which a batch's selection is replaced after training
 * @param jump the learned thresholds of jump-relu
 * @param pAnneal the exponent of p-anneal's penalty
 * @param matryoshka the nested groups of latents
 * @param dictionaryLearning absolute numbers in place of the shares of {@code schedule}, under its compatibility
 */
public record JobConfig(
        String name,
        String variant,
        Compatibility compatibility,
        long seed,
        int features,
        int k,
        ActivationKind activation,
        double targetL0,
        double learningRate,
        double adamBeta1,
        double gradientClip,
        ScheduleConfig schedule,
        AuxKConfig auxK,
        SparsityConfig sparsity,
        SimilarityConfig similarity,
        AttributionConfig attribution,
        AdversarialConfig adversarial,
        OrthogonalityConfig orthogonality,
        ContrastiveConfig contrastive,
        ThresholdConfig threshold,
        JumpConfig jump,
        PAnnealConfig pAnneal,
        MatryoshkaConfig matryoshka,
        DictionaryLearningConfig dictionaryLearning) {

    /** The variants whose dead latents can be resampled: those whose latents are a ReLU's, with one bias each. */
    private static final Set<String> RESAMPLED = Set.of("standard", "p-anneal");

    /** The variants of an activation of their own that keeps no number of latents. */
    private static final Set<String> NUMBERLESS =
            Set.of("standard", "standard-april", "p-anneal", "gated", "jump-relu");

    /** The variants that take the activation and the terms that their config names. */
    private static final Set<String> OPEN =
            Set.of("baseline", "dynamic-margin", "attribution-adversarial", "contrastive", "self-aligned");

    public JobConfig {
        Check.id("name", name);
        Check.id("variant", variant);
        Check.atLeast("features", features, 1);
        Check.atLeast("k", k, 1);
        Check.that(k <= features, "k", k + " is more than the " + features + " features there are");
        Check.positive("target-l0", targetL0);
        Check.that(
                targetL0 <= features, "target-l0", targetL0 + " is more than the " + features + " features there are");
        Check.positive("learning-rate", learningRate);
        Check.within("adam-beta1", adamBeta1, 0, 0.999999);
        Check.notNegative("gradient-clip", gradientClip);
        Check.that(
                activation == ActivationKind.AUTO || OPEN.contains(variant),
                "activation",
                variant + " has an activation of its own; those that take another: "
                        + String.join(", ", new TreeSet<>(OPEN)));
        List<String> terms = labelledTerms(adversarial, orthogonality, contrastive);
        if (similarity.weight() > 0) {
            terms.add("similarity");
        }
        for (String term : terms) {
            Check.that(
                    OPEN.contains(variant),
                    "variant",
                    variant + " takes no further terms, which " + term + ".weight asks for; those that do: "
                            + String.join(", ", new TreeSet<>(OPEN)));
        }
        boolean resamples = schedule.resampleEvery() > 0 || dictionaryLearning.resampleEverySteps() > 0;
        Check.that(
                !resamples || RESAMPLED.contains(variant),
                "variant",
                variant + " has no resampling of dead latents, which schedule.resample-every or"
                        + " dictionary-learning.resample-every-steps asks for; those that have it: "
                        + String.join(", ", new TreeSet<>(RESAMPLED)));
        double smallest = matryoshka.shares().stream().min(Double::compare).orElseThrow();
        Check.that(
                !Set.of("matryoshka", "self-aligned").contains(variant) || (int) (smallest * features) >= 1,
                "features",
                features + " are too few for the share of " + smallest + " in matryoshka.groups, a group of no latent");
    }

    /** The same under another name. */
    public JobConfig named(String other) {
        return new JobConfig(
                other,
                variant,
                compatibility,
                seed,
                features,
                k,
                activation,
                targetL0,
                learningRate,
                adamBeta1,
                gradientClip,
                schedule,
                auxK,
                sparsity,
                similarity,
                attribution,
                adversarial,
                orthogonality,
                contrastive,
                threshold,
                jump,
                pAnneal,
                matryoshka,
                dictionaryLearning);
    }

    /** The terms that need labelled texts, out of those that are switched on. */
    public List<String> labelledTerms() {
        return labelledTerms(adversarial, orthogonality, contrastive);
    }

    /** Whether its activation keeps {@code k} latents, of a row or in the mean of a batch. */
    public boolean keepsNumber() {
        return switch (activation) {
            case AUTO -> !NUMBERLESS.contains(variant);
            case TOPK, BATCH_TOPK -> true;
            case RELU, JUMP_RELU -> false;
        };
    }

    /** Whether its activation has a learned threshold a latent. */
    public boolean learnsThresholds() {
        return activation == ActivationKind.JUMP_RELU || variant.equals("jump-relu");
    }

    /** Whether it takes the terms that its config names, beside those of its activation. */
    public boolean takesTerms() {
        return OPEN.contains(variant);
    }

    /** Whether it waits for what evaluators find in its checkpoints. */
    public boolean awaitsAttribution() {
        return !labelledTerms().isEmpty() && attribution.source() != AttributionSource.PROBE;
    }

    /** Whether it goes by the statistics of other jobs. */
    public boolean poolsStatistics() {
        return similarity.weight() > 0 && similarity.source() == MarginSource.POOLED;
    }

    private static List<String> labelledTerms(
            AdversarialConfig adversarial, OrthogonalityConfig orthogonality, ContrastiveConfig contrastive) {
        List<String> terms = new ArrayList<>();
        if (adversarial.weight() > 0) {
            terms.add("adversarial");
        }
        if (orthogonality.weight() > 0) {
            terms.add("orthogonality");
        }
        if (contrastive.weight() > 0) {
            terms.add("contrastive");
        }
        return terms;
    }

    /** What decides which latents of a row are active. */
    public enum ActivationKind {
        /** The variant's own: topk, and batch-topk in self-aligned. */
        AUTO,
        /** The k largest of a row. */
        TOPK,
        /** The k B largest of a batch. */
        BATCH_TOPK,
        /** All that are positive, under a penalty. */
        RELU,
        /** All that are above a learned threshold each. */
        JUMP_RELU
    }

    /** Whose rules a job follows. */
    public enum Compatibility {
        /** Ours: the references', corrected, with schedules as shares of the run. */
        NONE,
        /** dictionary_learning's to the letter, with its absolute schedules. */
        DICTIONARY_LEARNING
    }

    /** Whether dictionary_learning's rules are followed to the letter. */
    public boolean asDictionaryLearning() {
        return compatibility == Compatibility.DICTIONARY_LEARNING;
    }

    /**
     * Shares of the run.
     *
     * @param warmup over which the learning rate rises from 0
     * @param sparsityWarmup over which a penalty rises from 0
     * @param decayFrom from which the learning rate falls to 0; 1 never
     * @param deadAfter a latent that has not fired for this share of the run's rows is dead
     * @param thresholdFrom from which the threshold for use after training follows the batches
     * @param pAnnealFrom from which the exponent of p-anneal falls
     * @param kAnneal over which k comes down from d_in; 0 begins at k
     * @param resampleEvery after which dead latents are drawn anew, again and again; 0 never
     */
    public record ScheduleConfig(
            double warmup,
            double sparsityWarmup,
            double decayFrom,
            double deadAfter,
            double thresholdFrom,
            double pAnnealFrom,
            double kAnneal,
            double resampleEvery) {
        public ScheduleConfig {
            Check.within("warmup", warmup, 0, 1);
            Check.within("sparsity-warmup", sparsityWarmup, 0, 1);
            Check.within("decay-from", decayFrom, 0, 1);
            Check.that(warmup <= decayFrom, "decay-from", decayFrom + " is before the end of the warm-up, " + warmup);
            Check.within("dead-after", deadAfter, 0, 1);
            Check.that(deadAfter > 0, "dead-after", "0 would call every latent dead");
            Check.within("threshold-from", thresholdFrom, 0, 1);
            Check.within("p-anneal-from", pAnnealFrom, 0, 1);
            Check.within("k-anneal", kAnneal, 0, 1);
            Check.within("resample-every", resampleEvery, 0, 1);
            Check.that(
                    resampleEvery == 0 || resampleEvery > warmup,
                    "resample-every",
                    resampleEvery + " is no longer than the warm-up, " + warmup
                            + ", which begins again each time, so that the learning rate would never be reached");
        }
    }

    /**
     * @param weight its factor in the loss; 0 leaves it out
     * @param k dead latents that reconstruct the residual of a row; 0 means d_in / 2
     */
    public record AuxKConfig(double weight, int k) {
        public AuxKConfig {
            Check.notNegative("weight", weight);
            Check.atLeast("k", k, 0);
        }
    }

    /**
     * @param initial the penalty's factor at the start, from which it is steered to the target L0
     * @param gain how strongly the momentary error steers
     * @param integralGain how strongly the summed error steers
     */
    public record SparsityConfig(double initial, double gain, double integralGain) {
        public SparsityConfig {
            Check.positive("initial", initial);
            Check.notNegative("gain", gain);
            Check.notNegative("integral-gain", integralGain);
        }
    }

    /**
     * @param weight its factor in the loss; 0 leaves it out
     * @param sample active latents whose pairs are looked at in one update, at most
     * @param decay of the moving statistics
     * @param deviations standard deviations between the moving mean and the margin
     * @param source whose statistics the margin follows
     */
    public record SimilarityConfig(double weight, int sample, double decay, double deviations, MarginSource source) {
        public SimilarityConfig {
            Check.notNegative("weight", weight);
            Check.atLeast("sample", sample, 2);
            Check.within("decay", decay, 0, 0.999999);
            Check.notNegative("deviations", deviations);
        }
    }

    /** Whose statistics of similarity a margin follows. */
    public enum MarginSource {
        /** The job's. */
        OWN,
        /** Those of all jobs of the run that have such a term. */
        POOLED
    }

    /**
     * Which latents tell of the spurious label: {@code |w_i| mean |h_i|} of a probe's weights and the codes' means over a
     * text.
     *
     * @param source who finds it
     * @param decay of its moving means
     * @param percentile latents above it, out of those with an attribution, are the ones that tell most
     * @param learningRate of the probes
     * @param l2 the probes' penalty
     */
    public record AttributionConfig(
            AttributionSource source, double decay, double percentile, double learningRate, double l2) {
        public AttributionConfig {
            Check.within("decay", decay, 0, 0.999999);
            Check.within("percentile", percentile, 0, 1);
            Check.that(
                    source == AttributionSource.PROBE || percentile == 0.85,
                    "percentile",
                    percentile
                            + " is not 0.85, the percentile that evaluators tell; keep to it, or take source = probe");
            Check.positive("learning-rate", learningRate);
            Check.notNegative("l2", l2);
        }
    }

    /** Who finds which latents tell of the spurious label. */
    public enum AttributionSource {
        /** The job's own probe, on the labelled texts of the batches. */
        PROBE,
        /** An evaluator, on texts for development, at each checkpoint that it judges; until its first word the probe. */
        EVALUATOR,
        /** The mean of the two. */
        BOTH
    }

    /**
     * @param weight its factor in the loss; 0 leaves it out
     * @param floor the least of what the probe's accuracy above one half scales it by
     * @param scope the latents that it acts on
     */
    public record AdversarialConfig(double weight, double floor, Scope scope) {
        public AdversarialConfig {
            Check.notNegative("weight", weight);
            Check.within("floor", floor, 0, 0.5);
        }

        /** Latents. */
        public enum Scope {
            ALL,
            /** Those whose attribution is not above the moving percentile. */
            BELOW_PERCENTILE
        }
    }

    /**
     * @param weight its factor in the loss; 0 leaves it out
     * @param sample latents whose pairs are looked at in one update, at most
     */
    public record OrthogonalityConfig(double weight, int sample) {
        public OrthogonalityConfig {
            Check.notNegative("weight", weight);
            Check.atLeast("sample", sample, 2);
        }
    }

    /**
     * @param weight its factor in the loss; 0 leaves it out
     * @param temperature that cosines are divided by
     */
    public record ContrastiveConfig(double weight, double temperature) {
        public ContrastiveConfig {
            Check.notNegative("weight", weight);
            Check.positive("temperature", temperature);
        }
    }

    /** @param decay of the moving threshold */
    public record ThresholdConfig(double decay) {
        public ThresholdConfig {
            Check.within("decay", decay, 0, 0.999999);
        }
    }

    /**
     * @param initial every threshold at the start
     * @param bandwidth the width of the window in which a pre-activation moves its threshold
     * @param weight of {@code (L0 / target - 1)^2} in the loss
     */
    public record JumpConfig(double initial, double bandwidth, double weight) {
        public JumpConfig {
            Check.positive("initial", initial);
            Check.positive("bandwidth", bandwidth);
            Check.positive("weight", weight);
        }
    }

    /**
     * @param end the exponent that the last stage would have; the first has 1
     * @param stages how many times the exponent is set
     * @param norm what the codes of a row are put through
     */
    public record PAnnealConfig(double end, int stages, PNorm norm) {
        public PAnnealConfig {
            Check.within("end", end, 0, 1);
            Check.atLeast("stages", stages, 2);
        }
    }

    /** The penalty of p-anneal on the codes of a row. */
    public enum PNorm {
        /** {@code sum z^p} */
        LP_POWER,
        /** {@code (sum z^p)^(1/p)} */
        LP
    }

    /** @param groups the share of the latents in each group, from the innermost out: {@code "1/32 1/16 1/8 1/4 17/32"} */
    public record MatryoshkaConfig(String groups) {
        public MatryoshkaConfig {
            double sum = 0;
            for (double share : parse(groups)) {
                Check.that(share > 0 && share <= 1, "groups", "a share of " + share + " is outside 0 to 1");
                sum += share;
            }
            Check.that(
                    Math.abs(sum - 1) < 1e-6, "groups", "the shares of \"" + groups + "\" sum to " + sum + ", not 1");
        }

        /** The shares as numbers. */
        public List<Double> shares() {
            return parse(groups);
        }

        private static List<Double> parse(String groups) {
            List<Double> shares = new ArrayList<>();
            for (String word : groups.strip().split("[\\s,]+")) {
                try {
                    int slash = word.indexOf('/');
                    shares.add(
                            slash < 0
                                    ? Double.parseDouble(word)
                                    : Double.parseDouble(word.substring(0, slash))
                                            / Double.parseDouble(word.substring(slash + 1)));
                } catch (NumberFormatException e) {
                    throw new InvalidValueException(
                            "groups", "\"" + word + "\" is no share, as 1/32 or 0.25, in \"" + groups + "\"");
                }
            }
            return shares;
        }
    }

    /**
     * dictionary_learning's own absolute numbers.
     *
     * @param warmupSteps over which the learning rate rises from 0
     * @param sparsityWarmupSteps over which a penalty rises from 0
     * @param decayFromStep from which the learning rate falls to 0; 0 never
     * @param deadAfterRows rows without firing after which a latent is dead
     * @param thresholdFromStep after which the threshold for use after training follows the batches
     * @param thresholdDecay of that threshold's moving mean
     * @param pAnnealFromStep from which the exponent of p-anneal falls
     * @param kAnnealSteps over which k comes down from d_in; 0 begins at k
     * @param resampleEverySteps after which dead latents are drawn anew, again and again; 0 never
     */
    public record DictionaryLearningConfig(
            long warmupSteps,
            long sparsityWarmupSteps,
            long decayFromStep,
            long deadAfterRows,
            long thresholdFromStep,
            double thresholdDecay,
            long pAnnealFromStep,
            long kAnnealSteps,
            long resampleEverySteps) {
        public DictionaryLearningConfig {
            Check.atLeast("warmup-steps", warmupSteps, 0);
            Check.atLeast("sparsity-warmup-steps", sparsityWarmupSteps, 0);
            Check.atLeast("decay-from-step", decayFromStep, 0);
            Check.that(
                    decayFromStep == 0 || decayFromStep >= Math.max(warmupSteps, sparsityWarmupSteps),
                    "decay-from-step",
                    decayFromStep + " is before the end of the warm-ups, " + warmupSteps + " and "
                            + sparsityWarmupSteps);
            Check.atLeast("dead-after-rows", deadAfterRows, 1);
            Check.atLeast("threshold-from-step", thresholdFromStep, 0);
            Check.within("threshold-decay", thresholdDecay, 0, 0.999999);
            Check.atLeast("p-anneal-from-step", pAnnealFromStep, 0);
            Check.atLeast("k-anneal-steps", kAnnealSteps, 0);
            Check.atLeast("resample-every-steps", resampleEverySteps, 0);
        }

        /** The longest of what is to begin or be over before the run of a variant is, and its key. */
        Map.Entry<String, Long> longest(String variant) {
            return Map.of(
                            "warmup-steps", warmupSteps,
                            "sparsity-warmup-steps", sparsityWarmupSteps,
                            "decay-from-step", decayFromStep,
                            "threshold-from-step", thresholdFromStep,
                            "p-anneal-from-step", variant.equals("p-anneal") ? pAnnealFromStep : 0,
                            "k-anneal-steps", kAnnealSteps,
                            "resample-every-steps", resampleEverySteps)
                    .entrySet()
                    .stream()
                    .max(Map.Entry.comparingByValue())
                    .orElseThrow();
        }
    }
}
