package org.unweave.model.train;

import java.util.List;
import java.util.Map;
import org.unweave.config.LiveKeys;
import org.unweave.model.LabelledTexts;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.Manifest;
import org.unweave.model.exchange.ExchangeRecord;
import org.unweave.model.exchange.Told;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.State;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.variant.Variants;

/**
 * One job's training: the SAE, its optimiser and its schedule. The n-th update is a function of the state before it and
 * of batch n alone, so a loop that was loaded goes on with the same bits.
 *
 * <p>Call order: {@link #load} or nothing, then {@link #step} until {@link #done}, with {@link #save} at any time between
 * steps. One caller at a time.
 */
public final class TrainLoop implements State.Holder, AutoCloseable {
    private final Ops ops;
    private final Adam adam;
    private final Divergence divergence = new Divergence();
    private final ExchangeRecord heard = new ExchangeRecord();
    private final ChangeRecord changes = new ChangeRecord();
    private SaeConfig config;
    private Sae sae;
    private LrSchedule schedule;
    private double learningRateFactor = 1;
    private long step;

    public TrainLoop(SaeConfig config, Ops ops) {
        this.config = config;
        this.ops = ops;
        this.sae = Variants.create(config, ops);
        this.adam = new Adam(sae.params(), config.job().adamBeta1());
        this.schedule = schedule(config);
    }

    private static LrSchedule schedule(SaeConfig config) {
        return LrSchedule.of(config.job().learningRate(), config.phases(), config.steps());
    }

    /** The loop as a checkpoint left it. */
    public static TrainLoop of(Manifest manifest, State state, Ops ops) {
        SaeConfig config = new SaeConfig(
                manifest.job(), manifest.width(), manifest.steps(), manifest.batchRows(), manifest.inputScale());
        TrainLoop loop = new TrainLoop(config, ops);
        try {
            loop.load(state);
            return loop;
        } catch (RuntimeException e) {
            loop.close();
            throw e;
        }
    }

    /** The inference form of a checkpoint's SAE. */
    public static FrozenSae frozen(Checkpoint checkpoint, Ops ops) {
        State state = checkpoint.readState();
        try (TrainLoop loop = of(checkpoint.manifest(), state, ops)) {
            return loop.freeze();
        } finally {
            state.close();
        }
    }

    /** What a checkpoint of the loop as it is now says of itself. */
    public Manifest manifest(int epoch, Map<String, String> provenance) {
        return new Manifest(
                Manifest.VERSION,
                config.job(),
                step,
                epoch,
                config.width(),
                config.steps(),
                config.batchRows(),
                config.inputScale(),
                "",
                "",
                0,
                provenance);
    }

    /** Updates so far; also the number of the batch that the next update takes. */
    public long step() {
        return step;
    }

    public boolean done() {
        return step >= config.steps();
    }

    public SaeConfig config() {
        return config;
    }

    /** What the schedule's learning rate is multiplied by from the next update on; saved with the state. */
    public void setLearningRateFactor(double factor) {
        learningRateFactor = factor;
    }

    public double learningRateFactor() {
        return learningRateFactor;
    }

    /** The learning rate of the next update. */
    public double learningRate() {
        return schedule.at(step) * learningRateFactor;
    }

    /** Makes the next update, with a batch without labelled texts. */
    public LossTerms step(Mat xBD, boolean measure) {
        return step(xBD, LabelledTexts.NONE, measure);
    }

    /**
     * Makes the next update.
     *
     * @param xBD batch {@link #step()}, scaled; it is not changed
     * @param texts which of its rows are of labelled texts
     * @param measure whether each term's share of the gradient is measured
     * @throws DivergedException if a loss or gradient is NaN or infinite, or the loss has grown far beyond its start; nothing
     *     but the statistics of the activation and the terms has changed
     */
    public LossTerms step(Mat xBD, LabelledTexts texts, boolean measure) {
        if (step == 0) {
            sae.initialise(xBD);
        }
        LossTerms loss = sae.step(xBD, texts, step, measure);
        for (Map.Entry<String, Double> term : loss.terms().entrySet()) {
            if (!Double.isFinite(term.getValue())) {
                throw DivergedException.notFinite(step, "the loss term " + term.getKey());
            }
        }
        double norm = Math.sqrt(sae.gradient().sumOfSquares());
        if (!Double.isFinite(norm)) {
            throw DivergedException.notFinite(step, "the gradient");
        }
        divergence.check(loss, step);
        double factor = GradientClip.factor(norm, config.job().gradientClip());
        adam.update(sae.params(), sae.gradient().weights(), factor, learningRate(), sae.unitDecoderRows(), ops);
        adam.reset(sae.updated(xBD, step));
        step++;
        return loss;
    }

    /** What the SAE tells the other jobs of the run, of the last update. */
    public List<Told> tell() {
        return sae.tell(config.job().name(), step);
    }

    /** Takes what others tell, before the next update; it is in the state from then on. */
    public void hear(Told told) {
        sae.hear(told);
        heard.add(new ExchangeRecord.Heard(step, told));
    }

    /** What was heard so far, and when. */
    public List<ExchangeRecord.Heard> heard() {
        return heard.all();
    }

    /**
     * Goes on with other settings, before the next update; it is in the state from then on. Nothing that was learned changes.
     *
     * @throws org.unweave.config.InvalidConfigException if the job cannot be changed so; nothing has changed then
     */
    public void change(JobChange change) {
        SaeConfig changed = new SaeConfig(
                LiveKeys.changed(config.job(), change.values()),
                config.width(),
                config.steps(),
                config.batchRows(),
                config.inputScale());
        State state = new State();
        sae.save(state);
        Sae next = Variants.create(changed, ops);
        next.load(state);
        sae.close();
        sae = next;
        config = changed;
        schedule = schedule(changed);
        changes.add(change.at(step));
    }

    /** The changes that were made so far. */
    public List<JobChange> changes() {
        return changes.all();
    }

    /** The values of rows that are not trained on. */
    public LossTerms measure(Mat xBD) {
        return sae.measure(xBD, step);
    }

    /** How often each latent fired per row since the last call. */
    public double[] takeDensity() {
        return sae.deadFeatures().takeDensity();
    }

    /** The weights as they are now. */
    Params params() {
        return sae.params();
    }

    /** What is held beside weights, moments and the batch, now. */
    long scratchBytes() {
        return sae.scratchBytes();
    }

    /** The inference form of the SAE as it is now. */
    public FrozenSae freeze() {
        return sae.freeze();
    }

    @Override
    public void save(State state) {
        state.put("step", step);
        state.put("learning_rate_factor", learningRateFactor);
        sae.save(state);
        adam.save(state);
        divergence.save(state);
        heard.save(state);
        changes.save(state);
    }

    @Override
    public void load(State state) {
        step = state.longs("step", 1)[0];
        learningRateFactor = state.doubles("learning_rate_factor", 1)[0];
        sae.load(state);
        adam.load(state);
        divergence.load(state);
        heard.load(state);
        changes.load(state);
    }

    @Override
    public void close() {
        sae.close();
        adam.close();
    }
}
