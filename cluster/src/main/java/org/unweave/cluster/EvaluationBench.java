package org.unweave.cluster;

import org.unweave.config.RunConfig;
import org.unweave.eval.AblationBench;
import org.unweave.eval.EvalSession;
import org.unweave.model.Progress;
import org.unweave.model.math.Device;

/** Times evaluations on the model and the texts of a configuration, without a run. */
public final class EvaluationBench {
    private EvaluationBench() {}

    /** SCR and TPP of so many random SAEs. What is not in the cache is fetched, harvested and computed. */
    public static AblationBench.Result run(RunConfig config, int features, int k, int saes, Progress progress) {
        RunInputs.require(config);
        int threads = config.model().threads();
        try (RunData data = RunData.open(config, progress);
                EvalSession session = data.evaluations(config);
                Device device = Device.cpu(threads)) {
            return AblationBench.run(session, device, threads, features, k, saes);
        }
    }
}
