package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.unweave.model.Progress;
import org.unweave.model.file.Sha256;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Mat;

/**
 * The residual stream of a labelled set: for each text the rows of its own tokens. BOS, EOS and padding have no row, and
 * rows far above the usual norm are left out of every mean.
 *
 * <p>Texts are numbered class by class, a class's training texts before its test texts. A text of which no row is left
 * stands in no split.
 */
final class LabelledActivations {
    private static final String ROWS = "rows.f32";

    private final String key;
    private final String name;
    private final List<ClassRows> classes;
    private final RowFile rows;
    private final int[] textStart;
    private final BitSet outliers;
    private final SparseRows pooledModel;
    private final int skippedTexts;

    /** The numbers of one class's texts. */
    static final class ClassRows {
        private final String key;
        private final int[] train;
        private final int[] test;

        private ClassRows(String key, int[] train, int[] test) {
            this.key = key;
            this.train = train;
            this.test = test;
        }

        String key() {
            return key;
        }

        int[] train() {
            return train;
        }

        int[] test() {
            return test;
        }
    }

    private LabelledActivations(String key, ProbingTexts texts, ActivationCache.Entry entry, double largestNorm) {
        this.key = key;
        this.name = texts.name();
        this.rows = entry.file(ROWS);
        JsonNode starts = entry.values().required("text_start");
        this.textStart = new int[starts.size()];
        for (int i = 0; i < textStart.length; i++) {
            textStart[i] = starts.get(i).intValue();
        }
        this.outliers = new BitSet(rows.rows());
        boolean[] empty = new boolean[textStart.length - 1];
        this.pooledModel = poolModel(largestNorm, empty);
        this.classes = new ArrayList<>();
        int next = 0;
        int skipped = 0;
        for (ProbingTexts.ClassTexts ofClass : texts.classes()) {
            int[] train = present(empty, next, ofClass.train().size());
            next += ofClass.train().size();
            int[] test = present(empty, next, ofClass.test().size());
            next += ofClass.test().size();
            ProbingTexts.requireTexts(name, ofClass.key(), "training", train.length);
            ProbingTexts.requireTexts(name, ofClass.key(), "test", test.length);
            skipped += ofClass.train().size() + ofClass.test().size() - train.length - test.length;
            classes.add(new ClassRows(ofClass.key(), train, test));
        }
        this.skippedTexts = skipped;
    }

    /**
     * Reads the activations of these texts from the cache, or computes them.
     *
     * @param largestNorm rows with a larger norm are outliers
     */
    static LabelledActivations of(
            ProbingTexts texts,
            ModelAccess model,
            int contextTokens,
            int batchTexts,
            double largestNorm,
            ActivationCache cache,
            Progress progress) {
        List<String> all = new ArrayList<>();
        for (ProbingTexts.ClassTexts ofClass : texts.classes()) {
            all.addAll(ofClass.train());
            all.addAll(ofClass.test());
        }
        String key = key(model, contextTokens, batchTexts, all);
        ActivationCache.Entry entry = cache.entry(
                key,
                texts.name(),
                draft -> compute(draft, texts.name(), all, model, contextTokens, batchTexts, progress));
        return new LabelledActivations(key, texts, entry, largestNorm);
    }

    // The texts themselves are part of the key, so the seed and the sizes that chose them need not be.
    private static String key(ModelAccess model, int contextTokens, int batchTexts, List<String> texts) {
        MessageDigest digest = Sha256.digest();
        String head = "labelled rows 1\n" + model.fingerprint() + "\n" + contextTokens + "\n" + batchTexts + "\n";
        digest.update(head.getBytes(StandardCharsets.UTF_8));
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + "\n").getBytes(StandardCharsets.UTF_8));
            digest.update(bytes);
        }
        return Sha256.hex(digest);
    }

    private static void compute(
            ActivationCache.Draft draft,
            String name,
            List<String> texts,
            ModelAccess model,
            int contextTokens,
            int batchTexts,
            Progress progress)
            throws IOException {
        RowFile.Writer out = draft.file(ROWS, model.width());
        ArrayNode starts = draft.values().putArray("text_start");
        starts.add(0);
        for (int from = 0; from < texts.size(); from += batchTexts) {
            progress.report("activations of " + name, from, texts.size(), "texts");
            int[][] sequences = new int[Math.min(batchTexts, texts.size() - from)][];
            for (int n = 0; n < sequences.length; n++) {
                sequences[n] = tokens(model.tokenizer(), texts.get(from + n), contextTokens);
            }
            TokenBatch batch = new TokenBatch(sequences);
            model.use(lm -> {
                try (Mat residual = lm.runTo(batch, model.layer())) {
                    append(batch, residual, model.tokenizer(), out, starts);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return batch;
            });
        }
        progress.report("activations of " + name, texts.size(), texts.size(), "texts");
    }

    private static int[] tokens(Tokenizer tokenizer, String text, int contextTokens) {
        int[] ids = tokenizer.encode(text);
        int[] tokens = new int[Math.min(contextTokens, ids.length + 1)];
        tokens[0] = tokenizer.bos();
        System.arraycopy(ids, 0, tokens, 1, tokens.length - 1);
        return tokens;
    }

    private static void append(
            TokenBatch batch, Mat residual, Tokenizer tokenizer, RowFile.Writer out, ArrayNode starts)
            throws IOException {
        for (int n = 0; n < batch.sequences(); n++) {
            for (int t = 0; t < batch.length(n); t++) {
                if (!tokenizer.special(batch.token(n, t))) {
                    out.append(residual.copyRow(batch.row(n, t)));
                }
            }
            starts.add(out.rows());
        }
    }

    private SparseRows poolModel(double largestNorm, boolean[] empty) {
        SparseRows.Builder pooled = new SparseRows.Builder(rows.columns(), empty.length);
        float[] row = new float[rows.columns()];
        for (int text = 0; text < empty.length; text++) {
            int used = 0;
            for (int r = textStart[text]; r < textStart[text + 1]; r++) {
                rows.copyRow(r, row);
                if (norm(row, r) > largestNorm) {
                    outliers.set(r);
                    continue;
                }
                for (int i = 0; i < row.length; i++) {
                    pooled.add(i, row[i]);
                }
                used++;
            }
            empty[text] = used == 0;
            pooled.endRow(used == 0 ? 0 : 1f / used);
        }
        return pooled.build();
    }

    private double norm(float[] row, int number) {
        double norm = RowNorm.of(row);
        if (!Double.isFinite(norm)) {
            throw new EvaluationException("an activation of the labelled set " + name + " is not a finite number (row "
                    + number + "); the language model's weights may be damaged");
        }
        return norm;
    }

    private static int[] present(boolean[] empty, int from, int count) {
        int[] texts = new int[count];
        int next = 0;
        for (int text = from; text < from + count; text++) {
            if (!empty[text]) {
                texts[next] = text;
                next++;
            }
        }
        return Arrays.copyOf(texts, next);
    }

    String name() {
        return name;
    }

    /** Of the model, the hook and the texts. */
    String key() {
        return key;
    }

    List<ClassRows> classes() {
        return classes;
    }

    int texts() {
        return textStart.length - 1;
    }

    /** Rows of all texts, outliers among them. */
    RowFile rows() {
        return rows;
    }

    /** The first row of a text, or one behind the last row of all. */
    int start(int text) {
        return textStart[text];
    }

    boolean outlier(int row) {
        return outliers.get(row);
    }

    int outliers() {
        return outliers.cardinality();
    }

    /** Texts that stand in no split, having no row. */
    int skippedTexts() {
        return skippedTexts;
    }

    /** The mean row of each text. */
    SparseRows pooledModel() {
        return pooledModel;
    }

    /** Rows of a text that are in its mean. */
    int used(int text) {
        int end = start(text + 1);
        return end - start(text) - outliers.get(start(text), end).cardinality();
    }

    /** What of the texts was used, and the cache's entry of them, for an {@code eval_config}. */
    ObjectNode usage() {
        ObjectNode of = JsonNodeFactory.instance.objectNode();
        of.put("activations", key);
        of.put("skipped_texts", skippedTexts);
        of.put("rows", rows.rows());
        of.put("outlier_rows_left_out", outliers());
        ObjectNode byClass = of.putObject("classes");
        for (ClassRows texts : classes) {
            byClass.putObject(texts.key()).put("train", texts.train().length).put("test", texts.test().length);
        }
        return of;
    }
}
