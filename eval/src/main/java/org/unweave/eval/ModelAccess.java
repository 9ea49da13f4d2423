package org.unweave.eval;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.Tokenizer;

/** The language model and where it is looked at, for evaluations on several threads: one at a time uses the model. */
final class ModelAccess {
    private final LanguageModel model;
    private final String hook;
    private final int layer;
    private final ReentrantLock lock = new ReentrantLock();

    ModelAccess(LanguageModel model, String hook, int layer) {
        if (layer >= model.blocks()) {
            throw new EvaluationException("the hook " + hook + " is behind block " + layer + ", but " + model.name()
                    + " has " + model.blocks() + " blocks");
        }
        this.model = model;
        this.hook = hook;
        this.layer = layer;
    }

    /** Matrices that the work gets from the model must be closed or copied by it. */
    <T> T use(Function<LanguageModel, T> work) {
        lock.lock();
        try {
            return work.apply(model);
        } finally {
            lock.unlock();
        }
    }

    String name() {
        return model.name();
    }

    String hook() {
        return hook;
    }

    /** L of {@code blocks.L.hook_resid_post}. */
    int layer() {
        return layer;
    }

    int width() {
        return model.width();
    }

    int vocabulary() {
        return model.vocabulary();
    }

    Tokenizer tokenizer() {
        return model.tokenizer();
    }

    /** What decides an activation, but for the tokens. */
    String fingerprint() {
        return model.fingerprint() + "\n" + model.tokenizer().fingerprint() + "\n" + layer;
    }
}
