package org.unweave.eval;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.unweave.config.EvalConfig;
import org.unweave.config.RunConfig;
import org.unweave.model.Progress;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;

/**
 * What the evaluations of a run share: the language model, the activations of the evaluation sets, the model's own
 * baselines. Each is computed when first asked for, and once.
 *
 * <p>Safe for concurrent use; the evaluations that it gives are not. It does not close the model. Close it when no
 * evaluation of it runs any more.
 */
public final class EvalSession implements AutoCloseable {
    private final EvalConfig config;
    private final ModelAccess model;
    private final EvalInputs inputs;
    private final double largestNorm;
    private final ActivationCache cache;
    private final ReportFrame frame;
    private final Progress progress;
    private final Map<TextSizes, LabelledActivations> labelled = new HashMap<>();
    private final Map<String, ScrTexts> scr = new HashMap<>();
    private final Map<String, PairedSet> scrSets = new HashMap<>();
    private final Map<String, TppTexts> tpp = new HashMap<>();
    private final Map<String, ProbeScores> modelScores = new HashMap<>();
    private final Map<String, ProbeScores> shuffledScores = new HashMap<>();
    private final Object labelledLock = new Object();
    private final Object heldOutLock = new Object();
    private final Object unlearningLock = new Object();
    private final Path partialAnswers;
    private @Nullable HeldOutActivations heldOut;
    private @Nullable UnlearningTexts unlearning;
    private @Nullable AttributionTexts development;

    private EvalSession(
            RunConfig run,
            LanguageModel model,
            Device device,
            EvalInputs inputs,
            double medianNorm,
            Progress progress) {
        this.config = run.eval();
        this.model =
                new ModelAccess(model, device, run.model().hook(), run.model().layer());
        this.inputs = inputs;
        this.largestNorm = run.model().maxNormMultiple() * medianNorm;
        this.cache = new ActivationCache(run.cache().resolve("evaluation"));
        this.frame = new ReportFrame(this.model, run.model().contextTokens(), inputs.corpusName());
        this.progress = progress;
        this.partialAnswers = run.cache().resolve("unlearning");
    }

    /**
     * Opens a session; nothing is computed yet.
     *
     * @param device the model's own, for what is computed from its outputs
     * @param medianNorm of the stored rows: those above {@code model.max-norm-multiple} times it keep their own
     *     activation, as in training
     */
    public static EvalSession open(
            RunConfig run,
            LanguageModel model,
            Device device,
            EvalInputs inputs,
            double medianNorm,
            Progress progress) {
        if (!(medianNorm > 0) || !Double.isFinite(medianNorm)) {
            throw new IllegalArgumentException("a median norm of " + medianNorm);
        }
        run.eval().evaluations().forEach(Evaluations::requireKnown);
        return new EvalSession(run, model, device, inputs, medianNorm, progress);
    }

    /** The configured evaluations, computing on this device, which stays the caller's to close. */
    public List<Evaluation> evaluations(Device device) {
        return config.evaluations().stream()
                .map(name -> Evaluations.create(name, this, device))
                .toList();
    }

    /** An evaluation by SAEBench's name. */
    public Evaluation evaluation(String name, Device device) {
        return Evaluations.create(name, this, device);
    }

    /**
     * What finds the latents that tell most of the spurious label of the run's labelled texts. None of the configured
     * evaluations: it is made where a {@link Judgement} says so. Fails when it is first used if the run has no such texts.
     */
    public Evaluation attribution(Device device) {
        return new AttributionEval(this, device);
    }

    EvalConfig config() {
        return config;
    }

    ModelAccess model() {
        return model;
    }

    /** What results call the held-out text. */
    String corpusName() {
        return inputs.corpusName();
    }

    ReportFrame frame() {
        return frame;
    }

    /** Rows with a larger norm are outliers. */
    double largestNorm() {
        return largestNorm;
    }

    void requireFits(Subject subject) {
        if (subject.sae().width() != model.width()) {
            throw new EvaluationException(subject.id() + " takes activations of width "
                    + subject.sae().width() + ", but " + model.name() + " has " + model.width());
        }
        requireFinite(subject);
    }

    private static void requireFinite(Subject subject) {
        int features = subject.sae().features();
        for (Mat weight : subject.sae().weights()) {
            for (int row = 0; row < weight.rows(); row++) {
                float[] values = weight.copyRow(row);
                for (int column = 0; column < values.length; column++) {
                    if (!Float.isFinite(values[column])) {
                        // Matrices have a row a latent; vectors an element a latent, b_dec one a dimension.
                        boolean ofLatent = weight.rows() == features || values.length == features;
                        int latent = weight.rows() == features ? row : column;
                        throw new EvaluationException("a weight of " + subject.id() + " is " + values[column]
                                + (ofLatent ? " (latent " + latent + ")" : " (b_dec)")
                                + "; it is damaged or diverged");
                    }
                }
            }
        }
    }

    /** A labelled set with so many texts a class, of so many tokens. */
    private record TextSizes(String dataset, int trainTexts, int testTexts, int contextTokens, int batchTexts) {}

    LabelledActivations labelled(String dataset) {
        EvalConfig.SparseProbingConfig sizes = config.sparseProbing();
        return labelled(new TextSizes(
                dataset, sizes.trainTexts(), sizes.testTexts(), sizes.contextTokens(), sizes.batchTexts()));
    }

    private LabelledActivations labelled(TextSizes sizes) {
        synchronized (labelledLock) {
            return labelled.computeIfAbsent(
                    sizes,
                    of -> activations(
                            inputs.labelled(of.dataset(), of.trainTexts(), of.testTexts(), config.seed()),
                            of.contextTokens(),
                            of.batchTexts()));
        }
    }

    private LabelledActivations activations(ProbingTexts texts, int contextTokens, int batchTexts) {
        return LabelledActivations.of(texts, model, contextTokens, batchTexts, largestNorm, cache, progress);
    }

    /** A set of two attributes, and the probes on the model's own pooled activations. */
    ScrTexts scr(String dataset) {
        synchronized (labelledLock) {
            return scr.computeIfAbsent(dataset, name -> {
                PairedSet pairs = scrSet(name);
                return ScrTexts.of(pairs.texts(), pairs.set(), config.scrTpp(), config.seed());
            });
        }
    }

    /** A set of two attributes with its activations, before any probe is trained. */
    record PairedSet(PairedTexts texts, LabelledActivations set) {}

    PairedSet scrSet(String dataset) {
        synchronized (labelledLock) {
            return scrSets.computeIfAbsent(dataset, name -> {
                EvalConfig.ScrTppConfig sizes = config.scrTpp();
                PairedTexts texts = inputs.paired(
                        name,
                        PairedTexts.most(2 * sizes.scrTrainTexts()),
                        PairedTexts.most(2 * sizes.scrTestTexts()),
                        config.seed());
                ProbingTexts cells = texts.cells(sizes.scrTrainTexts(), sizes.scrTestTexts());
                return new PairedSet(texts, activations(cells, sizes.contextTokens(), sizes.batchTexts()));
            });
        }
    }

    /** The run's labelled texts for development, and a probe on the model's own pooled activations. */
    AttributionTexts development() {
        synchronized (labelledLock) {
            if (development == null) {
                EvalConfig.ScrTppConfig sizes = config.scrTpp();
                PairedTexts texts = inputs.developmentTexts();
                development = AttributionTexts.of(
                        texts, activations(texts.wholeCells(), sizes.contextTokens(), sizes.batchTexts()));
            }
            return development;
        }
    }

    /** A labelled set, and a probe a class on the model's own pooled activations. */
    TppTexts tpp(String dataset) {
        synchronized (labelledLock) {
            return tpp.computeIfAbsent(dataset, name -> TppTexts.of(tppSet(name), config.seed()));
        }
    }

    /** A labelled set in the sizes of targeted probe perturbation, before any probe is trained. */
    LabelledActivations tppSet(String dataset) {
        EvalConfig.ScrTppConfig sizes = config.scrTpp();
        return labelled(new TextSizes(
                dataset, sizes.tppTrainTexts(), sizes.tppTestTexts(), sizes.contextTokens(), sizes.batchTexts()));
    }

    /** The probes on the model's own pooled activations. */
    ProbeScores modelScores(String dataset) {
        synchronized (labelledLock) {
            return modelScores.computeIfAbsent(dataset, name -> {
                LabelledActivations set = labelled(name);
                return ProbeScores.of(
                        set, set.pooledModel(), config.sparseProbing().kValues(), config.seed());
            });
        }
    }

    /** The probes on the model's own pooled activations, their training labels shuffled. */
    ProbeScores shuffledScores(String dataset) {
        synchronized (labelledLock) {
            return shuffledScores.computeIfAbsent(dataset, name -> {
                LabelledActivations set = labelled(name);
                return ProbeScores.ofShuffledLabels(
                        set, set.pooledModel(), config.sparseProbing().kValues(), config.seed());
            });
        }
    }

    HeldOutActivations heldOut() {
        synchronized (heldOutLock) {
            if (heldOut == null) {
                EvalConfig.CoreConfig sizes = config.core();
                List<int[]> sequences = inputs.heldOut(sizes.sequences(), sizes.contextTokens());
                if (sequences.isEmpty()) {
                    throw new EvaluationException("the held-out documents of " + inputs.corpusName()
                            + " give no sequence; raise data.held-out-share or give more text");
                }
                heldOut = HeldOutActivations.of(sequences, model, sizes.batchSequences(), cache, progress);
            }
            return heldOut;
        }
    }

    UnlearningTexts unlearning() {
        synchronized (unlearningLock) {
            if (unlearning == null) {
                unlearning = new UnlearningTexts(
                        config.unlearning(), config.seed(), inputs, model, largestNorm, cache, progress);
            }
            return unlearning;
        }
    }

    /** @param key a checksum of everything that decides an answer */
    PartialAnswers partialAnswers(String key) {
        return new PartialAnswers(partialAnswers, key);
    }

    @Override
    public void close() {
        model.close();
        cache.close();
    }
}
