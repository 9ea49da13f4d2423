package org.unweave.model.sae;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.unweave.config.JobConfig;
import org.unweave.model.LabelledTexts;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.FeatureSet;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.Pick;
import org.unweave.model.math.State;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Batch;
import org.unweave.model.sae.part.DeadFeatures;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Gradient;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Part;
import org.unweave.model.sae.part.Reconstruction;
import org.unweave.model.sae.part.Resampling;
import org.unweave.model.sae.part.Term;

/**
 * A sparse autoencoder in training. The step is here; a variant brings an activation and the terms that stand beside the
 * reconstruction.
 *
 * <p>Where the activation holds decoder rows at norm 1, the part of their gradient along them is removed, and the
 * optimiser divides them by their norm. After the encoder's product everything goes through the active latents only.
 * Where these are too many, as in a ReLU's first updates, the batch is gone through block by block, so that only a block's
 * codes are ever held. Which of the two is a matter of the weights and the batch alone.
 *
 * <p>Call order: {@link #initialise} or {@link #load}, then for each update {@link #step}, the optimiser's work on {@link
 * #params}, {@link #updated}. One caller at a time; nothing here looks at the clock or at other threads.
 */
public class Sae implements State.Holder, AutoCloseable {
    /**
     * Where too many latents are active to hold the codes of all rows, so many are gone through at a time if half of all
     * latents are active, and a multiple where fewer are.
     */
    static final int BLOCK = 64;

    // Too many: more than this part of all, and more than a few times what training is to come to.
    private static final int CROWDED = 32;
    private static final double ROOM = 4;
    private static final double LEAST_ROOM = 1.5;

    private final SaeConfig config;
    private final Activation activation;
    private final Params params;
    private final Gradient gradient;
    private final Workspace workspace;
    private final Codes codes;
    private final int mostPerRow;
    private final DeadFeatures deadFeatures;
    private final Resampling resampling;
    private final List<Part> parts = new ArrayList<>();
    private final List<Term> terms = new ArrayList<>();
    private final LastLabelled lastLabelled = new LastLabelled();
    private @Nullable Codes blockCodes;
    private int blockRows;
    private int firedRows;
    private int[] fired;

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
        this.mostPerRow = mostPerRow(config.features(), config.job().targetL0());
        this.fired = new int[config.features()];
        this.deadFeatures = new DeadFeatures(config.features(), phases.deadAfterRows());
        this.resampling = resampling(config.job(), phases.resampleEverySteps());
        this.terms.add(reconstruction);
    }

    // What training is to come to must not be crowded; the way down to it may be, where it is long.
    private static int mostPerRow(int features, double targetL0) {
        double room = Math.min(ROOM * targetL0, Math.max(LEAST_ROOM * targetL0, 2.0 * features / CROWDED));
        return Math.max(features / CROWDED, (int) Math.ceil(room));
    }

    private static Resampling resampling(JobConfig job, long everySteps) {
        return new Resampling(
                everySteps,
                job.seed(),
                job.asDictionaryLearning() && job.variant().equals("p-anneal"));
    }

    /** Puts a part before the terms, which see it as the batch has left it; for constructors. */
    protected final void addPart(Part part) {
        parts.add(part);
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

    /** Computes the loss of a batch without labelled texts, and its gradient. */
    public LossTerms step(Mat xBD, long step, boolean measure) {
        return step(xBD, LabelledTexts.NONE, step, measure);
    }

    /**
     * Computes the loss and its gradient. The weights do not change.
     *
     * @param texts which rows are of labelled texts
     * @param step updates before this one
     * @param measure whether the share of each term's gradient is measured, which costs a second backward pass and
     *     changes nothing else
     */
    public LossTerms step(Mat xBD, LabelledTexts texts, long step, boolean measure) {
        Pass pass = new Pass(xBD, texts, step, true);
        firedRows = pass.rows();
        fired = pass.fired;
        Forward seen = pass.first();
        activation.observe(seen);
        parts.forEach(part -> part.observe(seen));
        terms.forEach(term -> term.observe(seen));
        Map<String, Double> norms = new LinkedHashMap<>();
        Map<String, Double> shares = measure ? gradientShares(pass, norms) : new LinkedHashMap<>();
        Map<String, Double> values = differentiate(pass, terms);
        double loss = values.values().stream().mapToDouble(value -> value).sum();
        Map<String, Double> curves = new LinkedHashMap<>(activation.curves());
        curves.putAll(norms);
        parts.forEach(part -> curves.putAll(part.curves()));
        terms.forEach(term -> curves.putAll(term.curves()));
        List<String> labelled =
                terms.stream().filter(Term::labelled).map(Term::name).toList();
        if (texts.isEmpty()) {
            lastLabelled.fill(labelled, values, shares);
        } else {
            lastLabelled.keep(labelled, values, shares);
        }
        return new LossTerms(loss, values, shares, curves, pass.l0(), pass.varianceExplained(), deadFeatures.share());
    }

    // The terms' values; their gradient is left where gradients are.
    private Map<String, Double> differentiate(Pass pass, List<Term> of) {
        Map<String, Double> values = new LinkedHashMap<>();
        gradient.clear();
        pass.each(forward -> {
            gradient.begin(forward.codes());
            for (Term term : of) {
                values.merge(term.name(), term.add(forward, gradient), Double::sum);
            }
            activation.backward(forward, gradient);
            if (!forward.whole()) {
                gradient.sumUp(ops());
            }
        });
        Mat scratch1D = workspace.take("sae.centring", 1, config.width());
        gradient.gather(params, activation.centresInput(), activation.unitDecoderRows(), scratch1D, ops());
        return values;
    }

    // Of the terms that have no share, the norms.
    private Map<String, Double> gradientShares(Pass pass, Map<String, Double> norms) {
        Map<String, Double> shares = new LinkedHashMap<>();
        double reconstruction = 0;
        for (Term term : terms) {
            differentiate(pass, List.of(term));
            double norm = Math.sqrt(gradient.matrixSquares());
            if (term.apart()) {
                norms.put(term.name() + "_gradient_norm", Math.sqrt(gradient.sumOfSquares()));
            } else if (term.name().equals(Reconstruction.NAME)) {
                reconstruction = norm;
            } else {
                shares.put(term.name(), norm / Math.max(reconstruction, 1e-8));
            }
        }
        return shares;
    }

    /** What its parts and terms tell the other jobs of the run, of the last batch. */
    public List<Told> tell(String job, long step) {
        List<Told> told = new ArrayList<>();
        parts.forEach(part -> part.tell(job, step).ifPresent(told::add));
        terms.forEach(term -> term.tell(job, step).ifPresent(told::add));
        return told;
    }

    /** Takes what others tell, before the batch of an update. */
    public void hear(Told told) {
        parts.forEach(part -> part.hear(told));
        terms.forEach(term -> term.hear(told));
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
        deadFeatures.update(firedRows, fired);
        if (!resampling.due(step)) {
            return FeatureSet.empty();
        }
        FeatureSet silent = resampling.silent(deadFeatures, xBD.rows());
        if (silent.size() == 0) {
            return silent;
        }
        return resampling.resample(
                silent, params, xBD, new Pass(xBD, LabelledTexts.NONE, step, false).error(), step, workspace);
    }

    /** The values of rows that are not trained on. No state changes but the scratch memory and the last gradient. */
    public LossTerms measure(Mat xBD, long step) {
        Pass pass = new Pass(xBD, LabelledTexts.NONE, step, false);
        double reconstruction = ops().sumOfSquares(pass.error()) / xBD.rows();
        return new LossTerms(
                reconstruction,
                Map.of(Reconstruction.NAME, reconstruction),
                Map.of(),
                Map.of(),
                pass.l0(),
                pass.varianceExplained(),
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

    /** What is held beside weights, the optimiser's moments and the batch, now. */
    public long scratchBytes() {
        long bytes = workspace.bytes() + gradient.bytes() + codes.bytes() + ops().scratchBytes() + activation.bytes();
        for (Part part : parts) {
            bytes += part.bytes();
        }
        for (Term term : terms) {
            bytes += term.bytes();
        }
        return blockCodes == null ? bytes : bytes + blockCodes.bytes();
    }

    /** Rows of a block of the last batch; 0 where it was taken whole. */
    int blockRows() {
        return blockCodes == null ? 0 : blockRows;
    }

    @Override
    public void save(State state) {
        params.save(state, "");
        deadFeatures.save(state);
        activation.save(state);
        parts.forEach(part -> part.save(state));
        terms.forEach(term -> term.save(state));
        lastLabelled.save(state);
    }

    @Override
    public void load(State state) {
        params.load(state, "");
        deadFeatures.load(state);
        activation.load(state);
        parts.forEach(part -> part.load(state));
        terms.forEach(term -> term.load(state));
        lastLabelled.load(state);
    }

    @Override
    public void close() {
        params.close();
        gradient.close();
        workspace.close();
    }

    /** The forward pass of a batch, in one piece if the active latents are few enough. */
    private final class Pass implements Batch {
        private final long step;
        private final LabelledTexts texts;
        private final Mat xBD;
        private final Mat inputBD;
        private final Mat errorBD;
        private final boolean whole;
        private final int[] fired = new int[config.features()];
        private long active;
        private boolean errorIsThere;

        /** @param trains whether the terms are to come, for which their picks are made */
        Pass(Mat xBD, LabelledTexts texts, long step, boolean trains) {
            this.step = step;
            this.texts = texts;
            this.xBD = xBD;
            inputBD = input(xBD);
            errorBD = workspace.take("sae.error", xBD.rows(), config.width());
            boolean inOnePiece =
                    parts.stream().anyMatch(Part::wholeBatch) || terms.stream().anyMatch(Part::wholeBatch);
            int limit = inOnePiece ? Integer.MAX_VALUE : mostPerRow;
            codes.limit(limit);
            // That the last batch was crowded says what to try first, and nothing about what comes of it.
            boolean crowded = blockCodes != null && countBlocks(blockCodes, blockRows, limit);
            whole = !crowded && encodeWhole(trains);
            if (whole) {
                blockCodes = null;
                Arrays.fill(fired, 0);
                active = DeadFeatures.count(codes, fired);
            } else if (!crowded) {
                blockCodes = new Codes(config.features());
                countBlocks(blockCodes, BLOCK, limit);
            }
        }

        // Whether the codes of all rows are there now; if not, they would be too many.
        private boolean encodeWhole(boolean trains) {
            List<Pick> picks = new ArrayList<>();
            picks.add(activation.pick(params, xBD.rows(), step, codes, workspace));
            if (trains) {
                terms.forEach(term -> term.pick(step).ifPresent(picks::add));
            }
            ops().encode(inputBD, params.encFD(), params.bEnc1F(), picks);
            if (codes.crowded()) {
                return false;
            }
            activation.activate(params, codes);
            decodeError(codes, xBD, errorBD);
            errorIsThere = true;
            return true;
        }

        // Whether the batch is crowded. Leaves how many rows are to be gone through at a time.
        private boolean countBlocks(Codes some, int size, int limit) {
            boolean crowded = false;
            long entries = 0;
            Arrays.fill(fired, 0);
            active = 0;
            for (int from = 0; from < rows(); from += size) {
                encodeBlock(some, from, Math.min(rows(), from + size));
                crowded |= some.beyond(limit);
                entries += some.entries();
                activation.activate(params, some);
                active += DeadFeatures.count(some, fired);
            }
            long fit = (long) BLOCK * config.features() / 2 * rows() / Math.max(1, entries);
            blockRows = (int) Math.clamp(fit / BLOCK, 1, 1 + rows() / BLOCK) * BLOCK;
            return crowded;
        }

        private void encodeBlock(Codes some, int from, int to) {
            Pick pick = activation.pick(params, to - from, step, some, workspace);
            ops().encode(inputBD.rowsView(from, to), params.encFD(), params.bEnc1F(), List.of(pick));
        }

        private Mat input(Mat of) {
            if (!activation.centresInput()) {
                return of;
            }
            Mat centredBD = workspace.take("sae.centred", of.rows(), config.width());
            ops().subtractRow(of, params.bDec1D(), centredBD);
            return centredBD;
        }

        private void decodeError(Codes of, Mat rowsBD, Mat out) {
            ops().decodeError(of, params.decFD(), params.bDec1D(), rowsBD, out);
        }

        @Override
        public int rows() {
            return xBD.rows();
        }

        @Override
        public double l0() {
            return (double) active / rows();
        }

        @Override
        public LabelledTexts texts() {
            return texts;
        }

        @Override
        public boolean inOnePiece() {
            return whole;
        }

        @Override
        public void eachCodes(Consumer<Codes> look) {
            eachBlock((from, to) -> look.accept(codesOf(from, to)));
        }

        private interface BlockWork {
            void run(int from, int to);
        }

        private void eachBlock(BlockWork work) {
            int size = whole ? rows() : blockRows;
            for (int from = 0; from < rows(); from += size) {
                work.run(from, Math.min(rows(), from + size));
            }
        }

        private Codes codesOf(int from, int to) {
            if (whole) {
                return codes;
            }
            Codes some = Objects.requireNonNull(blockCodes);
            encodeBlock(some, from, to);
            activation.activate(params, some);
            return some;
        }

        /** Shows the blocks in order of the rows; the codes of each are gone when the next comes. */
        void each(Consumer<Forward> look) {
            eachBlock((from, to) -> {
                Codes some = codesOf(from, to);
                Mat someBD = errorBD.rowsView(from, to);
                if (!whole) {
                    decodeError(some, xBD.rowsView(from, to), someBD);
                }
                look.accept(forward(from, to, some));
            });
            errorIsThere = true;
        }

        /** The whole batch, or its first rows, of which only what they are part of means something. */
        Forward first() {
            return whole ? forward(0, rows(), codes) : forward(0, Math.min(rows(), blockRows), codes);
        }

        private Forward forward(int from, int to, Codes some) {
            return new Forward(
                    step,
                    xBD.rowsView(from, to),
                    inputBD.rowsView(from, to),
                    some,
                    errorBD.rowsView(from, to),
                    params,
                    workspace,
                    this);
        }

        /** {@code x - x^} of the whole batch. */
        Mat error() {
            if (!errorIsThere) {
                each(forward -> {});
            }
            return errorBD;
        }

        double varianceExplained() {
            Mat mean1D = workspace.take("sae.mean", 1, config.width());
            mean1D.fill(0);
            ops().addColumnSums(1f / rows(), xBD, mean1D);
            double variance = ops().sumOfSquares(xBD) - rows() * ops().sumOfSquares(mean1D);
            return 1 - ops().sumOfSquares(error()) / Math.max(variance, 1e-12);
        }
    }
}
