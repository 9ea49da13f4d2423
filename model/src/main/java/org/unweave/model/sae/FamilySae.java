package org.unweave.model.sae;

import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.config.JobConfig.SimilarityConfig;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.part.Adversarial;
import org.unweave.model.sae.part.AttributionMap;
import org.unweave.model.sae.part.AuxK;
import org.unweave.model.sae.part.L1Penalty;
import org.unweave.model.sae.part.Orthogonality;
import org.unweave.model.sae.part.Reconstruction;
import org.unweave.model.sae.part.SimilarityMargin;
import org.unweave.model.sae.part.SupervisedContrast;
import org.unweave.model.sae.part.Term;

/**
 * The frame of the report's runs: any activation, and beside the reconstruction every term whose weight the job's config
 * sets above 0. What a run has is said in the config's block of its variant, so that a mechanism can be switched on over any
 * activation.
 *
 * <p>An activation that keeps a number of latents has AuxK beside it, a ReLU the penalty that is steered to the target L0, a
 * JumpReLU the term of its thresholds: as the reference of that activation has.
 */
public abstract class FamilySae extends Sae {
    /** @param usual the activation where the config leaves it to the variant */
    protected FamilySae(SaeConfig config, ActivationKind usual, Ops ops) {
        this(config, usual, new Reconstruction(), ops);
    }

    /** @param reconstruction the term whose gradient the others' are compared to */
    protected FamilySae(SaeConfig config, ActivationKind usual, Term reconstruction, Ops ops) {
        this(config, activation(config, usual), reconstruction, ops);
    }

    private FamilySae(SaeConfig config, Activation activation, Term reconstruction, Ops ops) {
        super(config, activation, reconstruction, ops);
        addOwnTerm(config, activation);
        JobConfig job = config.job();
        addSimilarity(job.similarity(), job);
        if (!job.labelledTerms().isEmpty()) {
            addLabelled(job);
        }
    }

    private static Activation activation(SaeConfig config, ActivationKind usual) {
        ActivationKind named = config.job().activation();
        return switch (named == ActivationKind.AUTO ? usual : named) {
            case AUTO -> throw new IllegalArgumentException("a variant has to name its activation");
            case TOPK -> new TopKActivation(config);
            case BATCH_TOPK -> new BatchTopKActivation(config);
            case RELU -> new ReluActivation(true, config.job().asDictionaryLearning());
            case JUMP_RELU -> new JumpReluActivation(config.job().jump());
        };
    }

    private void addOwnTerm(SaeConfig config, Activation activation) {
        JobConfig job = config.job();
        switch (activation) {
            case KeptByNumber kept ->
                AuxK.of(job.auxK(), config.features(), config.width(), deadFeatures(), job.asDictionaryLearning())
                        .ifPresent(this::addTerm);
            case JumpReluActivation jump -> addTerm(jump.targetL0(config));
            default -> addTerm(new L1Penalty(config.servo(), config.phases()::sparsityWarmth));
        }
    }

    private void addSimilarity(SimilarityConfig similarity, JobConfig job) {
        if (similarity.weight() > 0) {
            addTerm(new SimilarityMargin(similarity, job.features(), job.seed()));
        }
    }

    private void addLabelled(JobConfig job) {
        AttributionMap map = new AttributionMap(job.attribution(), job.features());
        addPart(map);
        if (job.adversarial().weight() > 0) {
            addTerm(new Adversarial(job.adversarial(), map));
        }
        if (job.orthogonality().weight() > 0) {
            addTerm(new Orthogonality(job.orthogonality(), map, job.features(), job.seed()));
        }
        if (job.contrastive().weight() > 0) {
            addTerm(new SupervisedContrast(job.contrastive(), map));
        }
    }
}
