package org.unweave.model.sae;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.unweave.config.JobConfig;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.FeatureSet;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.DeadFeatures;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Gradient;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Reconstruction;
import org.unweave.model.sae.part.Resampling;
import org.unweave.model.sae.part.Term;

/**
 * A sparse autoencoder in training. The step is here; a variant brings an activation and the terms that stand beside the
 * reconstruction.
 *
 * <p>Where the activation holds decoder rows at norm 1, the part of their gradient along them is removed, and the
 * optimiser divides them by their norm. After the encoder's product everything goes through the active latents only.
 *
 * <p>Call order: {@link #initialise} or {@link #load}, then for each update {@link #step}, the optimiser's work on {@link
 * #params}, {@link #updated}. One caller at a time; nothing here looks at the clock or at other threads.
 */
public class Sae implements State.Holder, AutoCloseable {
    private final SaeConfig config;
    private final Activation activation;
    private final Params params;
    private final Gradient gradient;
    private final Workspace workspace;
    private final Codes codes;
    private final DeadFeatures deadFeatures;
    private final Resampling resampling;
    private final List<Term> terms = new ArrayList<>();
    private @Nullable Gradient measured;

    protected Sae(SaeConfig config, Activation activation, Ops ops) {
        this(config, activation, new Reconstruction(), ops);
    }

    /** @param reconstruction the term whose gradient the others' are compared to */
    protected Sae(SaeConfig config, Activation activation, Term reconstruction, Ops ops) {
        Phases phases = config.phases();
        this.config = config;
        this.activation = activation;
        this.params = Params.zeros(config.features(), config.width(), activation.extras());
        this.gradient = new Gradient(config.features(), config.width(), activation.extras());
        this.workspace = new Workspace(ops);
        this.codes = new Codes(config.features());
        this.deadFeatures = new DeadFeatures(config.features(), phases.deadAfterRows());
        this.resampling = resampling(config.job(), phases.resampleEverySteps());
        this.terms.add(reconstruction);
    }

    private static Resampling resampling(JobConfig job, long everySteps) {
        return new Resampling(
                everySteps,
                job.seed(),
                job.asDictionaryLearning() && job.variant().equals("p-anneal"));
    }

    /** Puts a term beside the reconstruction; for constructors. */
    protected final void addTerm(Term term) {
        terms.add(term);
    }

    public SaeConfig config() {
        return config;
    }

    public Params params() {
        return params;
    }

    /** The gradient that the last {@link #step} left. */
    public Gradient gradient() {
        return gradient;
    }

    public DeadFeatures deadFeatures() {
        return deadFeatures;
    }

    /** Whether the optimiser is to divide decoder rows by their norm. */
    public boolean unitDecoderRows() {
        return activation.unitDecoderRows();
    }

    private Ops ops() {
        return workspace.ops();
    }

    /** Draws the weights by the job's seed; the batch is the run's first. */
    public void initialise(Mat xBD) {
        activation.begin(params, xBD, new Draws(config.job().seed(), "weights", 0), workspace);
    }

    /**
     * Computes the loss and its gradient. The weights do not change.
     *
     * @param step updates before this one
     * @param measure whether the share of each term's gradient is measured, which costs a second backward pass and
     *     changes nothing else
     */
    public LossTerms step(Mat xBD, long step, boolean measure) {
        Forward forward = forward(xBD, step, true);
        activation.observe(forward);
        for (Term term : terms) {
            term.observe(forward);
        }
        Map<String, Double> norms = new LinkedHashMap<>();
        Map<String, Double> shares = measure ? gradientShares(forward, norms) : Map.of();
        gradient.clear(codes);
        Map<String, Double> values = new LinkedHashMap<>();
        Map<String, Double> curves = new LinkedHashMap<>(activation.curves());
        curves.putAll(norms);
        double loss = 0;
        for (Term term : terms) {
            double value = term.add(forward, gradient);
            values.put(term.name(), value);
            curves.putAll(term.curves());
            loss += value;
        }
        backward(forward, gradient);
        return new LossTerms(
                loss, values, shares, curves, codes.l0(), varianceExplained(forward), deadFeatures.share());
    }

    private Forward forward(Mat xBD, long step, boolean withTerms) {
        int rows = xBD.rows();
        List<Pick> picks = new ArrayList<>();
        picks.add(activation.pick(params, rows, step, codes, workspace));
        if (withTerms) {
            terms.forEach(term -> term.pick(step).ifPresent(picks::add));
        }
        Mat inputBD = input(xBD);
        ops().encode(inputBD, params.encFD(), params.bEnc1F(), picks);
        activation.activate(params, codes);
        Mat errorBD = workspace.take("sae.error", rows, config.width());
        ops().decodeError(codes, params.decFD(), params.bDec1D(), xBD, errorBD);
        return new Forward(step, xBD, inputBD, codes, errorBD, params, workspace);
    }

    private Mat input(Mat xBD) {
        if (!activation.centresInput()) {
            return xBD;
        }
        Mat centredBD = workspace.take("sae.centred", xBD.rows(), config.width());
        ops().subtractRow(xBD, params.bDec1D(), centredBD);
        return centredBD;
    }

    private void backward(Forward forward, Gradient into) {
        activation.backward(forward, into);
        Mat scratch1D = workspace.take("sae.centring", 1, config.width());
        into.gather(params, activation.centresInput(), activation.unitDecoderRows(), scratch1D, ops());
    }

    // Of the terms that have no share, the norms.
    private Map<String, Double> gradientShares(Forward forward, Map<String, Double> norms) {
        if (measured == null) {
            measured = new Gradient(config.features(), config.width(), activation.extras());
        }
        Map<String, Double> shares = new LinkedHashMap<>();
        double reconstruction = 0;
        for (Term term : terms) {
            measured.clear(codes);
            term.add(forward, measured);
            backward(forward, measured);
            double norm = Math.sqrt(measured.matrixSquares());
            if (term.apart()) {
                norms.put(term.name() + "_gradient_norm", Math.sqrt(measured.sumOfSquares()));
            } else if (term.name().equals(Reconstruction.NAME)) {
                reconstruction = norm;
            } else {
                shares.put(term.name(), norm / Math.max(reconstruction, 1e-8));
            }
        }
        return shares;
    }

    private double varianceExplained(Forward forward) {
        Mat mean1D = workspace.take("sae.mean", 1, config.width());
        mean1D.fill(0);
        int rows = forward.rows();
        ops().addColumnSums(1f / rows, forward.xBD(), mean1D);
        double variance = ops().sumOfSquares(forward.xBD()) - rows * ops().sumOfSquares(mean1D);
        return 1 - ops().sumOfSquares(forward.errorBD()) / Math.max(variance, 1e-12);
    }

    /**
     * After the optimiser's work on the weights: counts what fired, and draws latents anew that have been silent for too
     * long.
     *
     * @param xBD the batch of the update
     * @param step updates before this one
     * @return the latents that were drawn anew
     */
    public FeatureSet updated(Mat xBD, long step) {
        deadFeatures.update(codes);
        if (!resampling.due(step)) {
            return FeatureSet.empty();
        }
        FeatureSet silent = resampling.silent(deadFeatures, xBD.rows());
        if (silent.size() == 0) {
            return silent;
        }
        return resampling.resample(
                silent, params, xBD, forward(xBD, step, false).errorBD(), step, workspace);
    }

    /** The values of rows that are not trained on. No state changes but the scratch memory and the last gradient. */
    public LossTerms measure(Mat xBD, long step) {
        Forward forward = forward(xBD, step, false);
        double reconstruction = ops().sumOfSquares(forward.errorBD()) / xBD.rows();
        return new LossTerms(
                reconstruction,
                Map.of(Reconstruction.NAME, reconstruction),
                Map.of(),
                Map.of(),
                codes.l0(),
                varianceExplained(forward),
                deadFeatures.share());
    }

    /** The inference form, in the model's own activation scale, independent of this SAE from then on. */
    public FrozenSae freeze() {
        Params raw = params.copy();
        float toModel = (float) (1 / config.inputScale());
        ops().scale(raw.bEnc1F(), toModel);
        ops().scale(raw.bDec1D(), toModel);
        if (activation.unitDecoderRows()) {
            ops().normalizeRows(raw.decFD());
        }
        return activation.freeze(raw, toModel, workspace);
    }

    /** What is held between steps beside weights, the optimiser's moments and the batch. */
    public long scratchBytes() {
        long bytes = workspace.bytes() + gradient.bytes() + codes.bytes() + ops().scratchBytes() + activation.bytes();
        for (Term term : terms) {
            bytes += term.bytes();
        }
        return measured == null ? bytes : bytes + measured.bytes();
    }

    @Override
    public void save(State state) {
        params.save(state, "");
        deadFeatures.save(state);
        activation.save(state);
        terms.forEach(term -> term.save(state));
    }

    @Override
    public void load(State state) {
        params.load(state, "");
        deadFeatures.load(state);
        activation.load(state);
        terms.forEach(term -> term.load(state));
    }

    @Override
    public void close() {
        params.close();
        gradient.close();
        workspace.close();
        if (measured != null) {
            measured.close();
        }
    }
}
