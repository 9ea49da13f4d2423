package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.unweave.model.Progress;
import org.unweave.model.file.Sha256;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.NextTokenLoss;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.math.Mat;

/**
 * The held-out sequences of the core metrics, with what does not depend on an SAE: the residual stream at the hook and
 * after the last block, and the losses of the model as it is and with the hook's output set to zero.
 */
final class HeldOutActivations {
    private static final String AT_HOOK = "hook.f32";
    private static final String AT_END = "final.f32";

    private final List<TokenBatch> batches;
    private final int[] batchStart;
    private final RowFile atHook;
    private final RowFile atEnd;
    private final String key;
    private final Losses losses;

    /** Means over positions; in nats. */
    record Losses(double cleanCrossEntropy, double ablatedCrossEntropy, double ablatedDivergence) {}

    private HeldOutActivations(String key, List<TokenBatch> batches, ActivationCache.Entry entry) {
        this.key = key;
        this.batches = batches;
        this.batchStart = new int[batches.size() + 1];
        for (int i = 0; i < batches.size(); i++) {
            batchStart[i + 1] = batchStart[i] + batches.get(i).rows();
        }
        this.atHook = entry.file(AT_HOOK);
        this.atEnd = entry.file(AT_END);
        JsonNode values = entry.values();
        this.losses = new Losses(
                values.required("clean_cross_entropy").doubleValue(),
                values.required("ablated_cross_entropy").doubleValue(),
                values.required("ablated_divergence").doubleValue());
    }

    static HeldOutActivations of(
            List<int[]> sequences, ModelAccess model, int batchSequences, ActivationCache cache, Progress progress) {
        List<TokenBatch> batches = new ArrayList<>();
        for (int from = 0; from < sequences.size(); from += batchSequences) {
            int to = Math.min(sequences.size(), from + batchSequences);
            batches.add(new TokenBatch(sequences.subList(from, to).toArray(int[][]::new)));
        }
        String key = key(sequences, model, batchSequences);
        ActivationCache.Entry entry =
                cache.entry(key, "the held-out sequences", draft -> compute(draft, batches, model, progress));
        return new HeldOutActivations(key, batches, entry);
    }

    private static String key(List<int[]> sequences, ModelAccess model, int batchSequences) {
        StringBuilder content = new StringBuilder("held-out rows 2\n")
                .append(model.fingerprint())
                .append('\n')
                .append(batchSequences)
                .append('\n');
        for (int[] sequence : sequences) {
            for (int token : sequence) {
                content.append(token).append(' ');
            }
            content.append('\n');
        }
        return Sha256.of(content.toString());
    }

    /** Of the model, the hook and the sequences. */
    String key() {
        return key;
    }

    private static void compute(
            ActivationCache.Draft draft, List<TokenBatch> batches, ModelAccess model, Progress progress)
            throws IOException {
        RowFile.Writer atHook = draft.file(AT_HOOK, model.width());
        RowFile.Writer atEnd = draft.file(AT_END, model.width());
        TokenLosses losses = new TokenLosses();
        for (int i = 0; i < batches.size(); i++) {
            progress.report("activations of the held-out sequences", i, batches.size(), "batches");
            TokenBatch batch = batches.get(i);
            NextTokenLoss.Comparison comparison =
                    model.use((lm, loss) -> computeBatch(lm, loss, batch, model.layer(), atHook, atEnd));
            losses.add(batch, model.tokenizer(), comparison);
        }
        progress.report("activations of the held-out sequences", batches.size(), batches.size(), "batches");
        if (losses.predicted() == 0) {
            throw new EvaluationException("the held-out sequences hold no token with a next one");
        }
        draft.values()
                .put("clean_cross_entropy", losses.cleanCrossEntropy())
                .put("ablated_cross_entropy", losses.changedCrossEntropy())
                .put("ablated_divergence", losses.divergence());
    }

    private static NextTokenLoss.Comparison computeBatch(
            LanguageModel lm,
            NextTokenLoss loss,
            TokenBatch batch,
            int layer,
            RowFile.Writer atHook,
            RowFile.Writer atEnd) {
        try (Mat residual = lm.runTo(batch, layer);
                Mat end = lm.resumeFrom(batch, layer, residual);
                Mat zeros = Mat.zeros(batch.rows(), residual.cols());
                Mat ablatedEnd = lm.resumeFrom(batch, layer, zeros)) {
            for (int row = 0; row < batch.rows(); row++) {
                atHook.append(residual.copyRow(row));
                atEnd.append(end.copyRow(row));
            }
            return loss.compare(batch, end, ablatedEnd);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int sequences() {
        return batches.stream().mapToInt(TokenBatch::sequences).sum();
    }

    /** All tokens, special ones included, padding not. */
    long tokens() {
        long tokens = 0;
        for (TokenBatch batch : batches) {
            for (int n = 0; n < batch.sequences(); n++) {
                tokens += batch.length(n);
            }
        }
        return tokens;
    }

    List<TokenBatch> batches() {
        return batches;
    }

    /** Fills {@code out} with the residual stream at the hook of a batch. */
    void copyHook(int batch, Mat out) {
        atHook.copyTo(batchStart[batch], out);
    }

    /** Fills {@code out} with the residual stream after the last block of a batch. */
    void copyEnd(int batch, Mat out) {
        atEnd.copyTo(batchStart[batch], out);
    }

    Losses losses() {
        return losses;
    }
}
