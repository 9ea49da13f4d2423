package org.unweave.eval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.unweave.model.math.Device;

/** The evaluations that there are, by SAEBench's names; {@code mechanisms} is our own. */
public final class Evaluations {
    private static final Map<String, BiFunction<EvalSession, Device, Evaluation>> BY_NAME = new LinkedHashMap<>();

    static {
        BY_NAME.put(CoreEval.NAME, CoreEval::new);
        BY_NAME.put(SparseProbingEval.NAME, SparseProbingEval::new);
        BY_NAME.put(ScrEval.NAME, ScrEval::new);
        BY_NAME.put(TppEval.NAME, TppEval::new);
        BY_NAME.put(UnlearningEval.NAME, UnlearningEval::new);
        BY_NAME.put(MechanismEval.NAME, MechanismEval::new);
    }

    private Evaluations() {}

    public static List<String> names() {
        return List.copyOf(BY_NAME.keySet());
    }

    /** Fails with the list of names if there is no such evaluation. */
    public static void requireKnown(String name) {
        if (!BY_NAME.containsKey(name)) {
            throw new EvaluationException(
                    "there is no evaluation \"" + name + "\"; there are " + String.join(", ", BY_NAME.keySet()));
        }
    }

    static Evaluation create(String name, EvalSession session, Device device) {
        BiFunction<EvalSession, Device, Evaluation> factory = BY_NAME.get(name);
        if (factory == null) {
            requireKnown(name);
            throw new IllegalStateException(name);
        }
        return factory.apply(session, device);
    }
}
