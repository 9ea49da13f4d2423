package org.unweave.config;

/**
 * One SAE to train.
 *
 * @param name the job's name and its folder's: the variant, and what differs inside a grid
 * @param variant the registered variant
 * @param seed decides the parameters at the start and what the variant draws
 * @param features F, the number of latents
 * @param k latents kept per row, where the activation keeps a number
 * @param targetL0 the mean number of active latents a row that a penalty is steered to, where the activation keeps no number
 * @param learningRate Adam's step size after the warm-up
 * @param gradientClip the global norm that gradients are cut to; 0 does not cut
 * @param schedule shares of the run at which things begin and end
 * @param auxK the loss that revives dead latents
 * @param sparsity the penalty on active latents
 * @param similarity the term of a dynamic margin between decoder rows; weight 0 leaves it out
 */
public record JobConfig(
        String name,
        String variant,
        long seed,
        int features,
        int k,
        double targetL0,
        double learningRate,
        double gradientClip,
        ScheduleConfig schedule,
        AuxKConfig auxK,
        SparsityConfig sparsity,
        SimilarityConfig similarity) {

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
        Check.notNegative("gradient-clip", gradientClip);
    }

    /**
     * Shares of the run.
     *
     * @param warmup over which the learning rate rises from 0
     * @param sparsityWarmup over which a penalty rises from 0
     * @param decayFrom from which the learning rate falls to 0; 1 never
     * @param deadAfter a latent that has not fired for this share of the run's rows is dead
     */
    public record ScheduleConfig(double warmup, double sparsityWarmup, double decayFrom, double deadAfter) {
        public ScheduleConfig {
            Check.within("warmup", warmup, 0, 1);
            Check.within("sparsity-warmup", sparsityWarmup, 0, 1);
            Check.within("decay-from", decayFrom, 0, 1);
            Check.that(warmup <= decayFrom, "decay-from", decayFrom + " is before the end of the warm-up, " + warmup);
            Check.within("dead-after", deadAfter, 0, 1);
            Check.that(deadAfter > 0, "dead-after", "0 would call every latent dead");
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
     */
    public record SimilarityConfig(double weight, int sample, double decay, double deviations) {
        public SimilarityConfig {
            Check.notNegative("weight", weight);
            Check.atLeast("sample", sample, 2);
            Check.within("decay", decay, 0, 0.999999);
            Check.notNegative("deviations", deviations);
        }
    }
}
