package org.unweave.eval;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.NextTokenLoss;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Device;

/** The language model and where it is looked at, for evaluations on several threads: one at a time uses the model. */
final class ModelAccess implements AutoCloseable {
    private final LanguageModel model;
    private final Device device;
    private final String hook;
    private final int layer;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable NextTokenLoss loss;

    ModelAccess(LanguageModel model, Device device, String hook, int layer) {
        if (layer >= model.blocks()) {
            throw new EvaluationException("the hook " + hook + " is behind block " + layer + ", but " + model.name()
                    + " has " + model.blocks() + " blocks");
        }
        this.model = model;
        this.device = device;
        this.hook = hook;
        this.layer = layer;
    }

    /** Matrices that the work gets from the model must be closed or copied by it. */
    <T> T use(Function<LanguageModel, T> work) {
        return use((lm, loss) -> work.apply(lm));
    }

    /** As {@link #use(Function)}, with what the model loses on each next token. */
    <T> T use(BiFunction<LanguageModel, NextTokenLoss, T> work) {
        lock.lock();
        try {
            if (loss == null) {
                loss = new NextTokenLoss(model, device);
            }
            return work.apply(model, loss);
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

    /** Most tokens of a sequence. */
    int context() {
        return model.context();
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

    @Override
    public void close() {
        lock.lock();
        try {
            if (loss != null) {
                loss.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
