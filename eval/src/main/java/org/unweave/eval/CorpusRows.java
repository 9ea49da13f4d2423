package org.unweave.eval;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.unweave.model.Progress;
import org.unweave.model.file.Sha256;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.math.Mat;

/** Token sequences with the residual stream at the hook, for the firing rates of latents. */
final class CorpusRows {
    private static final String AT_HOOK = "hook.f32";
    // Of one forward pass, but one sequence at least.
    private static final int BATCH_SEQUENCES = 16;
    private static final int BATCH_TOKENS = 2048;

    private final String key;
    private final int[] start;
    private final RowFile atHook;
    private final BitSet leftOut = new BitSet();
    private int outliers;

    private CorpusRows(String key, List<int[]> sequences, RowFile atHook, ModelAccess model, double largestNorm) {
        this.key = key;
        this.start = new int[sequences.size() + 1];
        this.atHook = atHook;
        float[] row = new float[model.width()];
        for (int n = 0; n < sequences.size(); n++) {
            int[] tokens = sequences.get(n);
            start[n + 1] = start[n] + tokens.length;
            for (int t = 0; t < tokens.length; t++) {
                atHook.copyRow(start[n] + t, row);
                if (model.tokenizer().special(tokens[t])) {
                    leftOut.set(start[n] + t);
                } else if (RowNorm.of(row) > largestNorm) {
                    leftOut.set(start[n] + t);
                    outliers++;
                }
            }
        }
    }

    static CorpusRows of(
            String name,
            List<int[]> sequences,
            ModelAccess model,
            double largestNorm,
            ActivationCache cache,
            Progress progress) {
        StringBuilder description =
                new StringBuilder("corpus rows 1\n").append(model.fingerprint()).append('\n');
        for (int[] sequence : sequences) {
            for (int token : sequence) {
                description.append(token).append(' ');
            }
            description.append('\n');
        }
        String key = Sha256.of(description.toString());
        ActivationCache.Entry entry = cache.entry(key, name, draft -> compute(draft, name, sequences, model, progress));
        return new CorpusRows(key, sequences, entry.file(AT_HOOK), model, largestNorm);
    }

    private static void compute(
            ActivationCache.Draft draft, String name, List<int[]> sequences, ModelAccess model, Progress progress)
            throws IOException {
        RowFile.Writer out = draft.file(AT_HOOK, model.width());
        int next = 0;
        while (next < sequences.size()) {
            progress.report("activations of " + name, next, sequences.size(), "sequences");
            List<int[]> some = new ArrayList<>();
            int tokens = 0;
            do {
                some.add(sequences.get(next));
                tokens += sequences.get(next).length;
                next++;
            } while (next < sequences.size()
                    && some.size() < BATCH_SEQUENCES
                    && tokens + sequences.get(next).length <= BATCH_TOKENS);
            TokenBatch batch = new TokenBatch(some.toArray(int[][]::new));
            try (Mat residual = model.use(lm -> lm.runTo(batch, model.layer()))) {
                for (int n = 0; n < batch.sequences(); n++) {
                    for (int t = 0; t < batch.length(n); t++) {
                        out.append(residual.copyRow(batch.row(n, t)));
                    }
                }
            }
        }
    }

    /** Of the model, the hook and the sequences. */
    String key() {
        return key;
    }

    int rows() {
        return atHook.rows();
    }

    /** The first row of a sequence; of the number after the last, all rows. */
    int start(int sequence) {
        return start[sequence];
    }

    int sequences() {
        return start.length - 1;
    }

    /** Whether a row is of a special token, or far above the usual norm. */
    boolean leftOut(int row) {
        return leftOut.get(row);
    }

    int outliers() {
        return outliers;
    }

    void copyTo(int from, Mat out) {
        atHook.copyTo(from, out);
    }
}
