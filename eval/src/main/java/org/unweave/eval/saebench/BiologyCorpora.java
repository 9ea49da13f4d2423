package org.unweave.eval.saebench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.unweave.eval.EvaluationException;
import org.unweave.eval.UnlearningCorpora;
import org.unweave.eval.UnlearningCorpora.Corpus;
import org.unweave.eval.random.PythonRandom;
import org.unweave.eval.random.TorchGenerator;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataFolderException;
import org.unweave.model.lm.Tokenizer;

/**
 * The two corpora of SAEBench's unlearning: WMDP's papers of biology, which are to be forgotten, and Wikipedia, which is
 * to be kept. What CPython and PyTorch draw is what they draw first after they were seeded.
 */
final class BiologyCorpora {
    private static final String WMDP = "cais/wmdp-corpora";
    private static final String PAPERS = "bio-forget-corpus";
    private static final String WIKITEXT = "Salesforce/wikitext";
    private static final String WIKITEXT_2 = "wikitext-2-raw-v1";
    private static final String TEXT = "text";
    // A document is longer, in characters as Python counts them.
    private static final int SHORT = 50;

    private BiologyCorpora() {}

    /** Fails, and names what is missing, if the folder does not have the files of both. */
    static void requireFiles(DataFolder folder) {
        papers(folder).requireWhole();
        wikipedia(folder).requireWhole();
    }

    /**
     * @param sequences papers that are drawn, and blocks of each corpus, at most
     * @param contextTokens tokens of a block
     */
    static UnlearningCorpora load(DataFolder folder, Tokenizer tokenizer, int sequences, int contextTokens, long seed) {
        DataFolder.Split papers = papers(folder).requireWhole();
        DataFolder.Split wikipedia = wikipedia(folder).requireWhole();
        List<Integer> known = documents(papers);
        List<Integer> drawn = new PythonRandom(seed).sample(known, Math.min(sequences, known.size()));
        TorchGenerator torch = new TorchGenerator(seed);
        Corpus forget = corpus(papers, drawn, tokenizer, sequences, contextTokens, torch);
        Corpus retain = corpus(wikipedia, documents(wikipedia), tokenizer, sequences, contextTokens, torch);
        return new UnlearningCorpora(forget, retain);
    }

    /** One file beside the other corpora, or a folder of parts as theirs. */
    private static DataFolder.Split papers(DataFolder folder) {
        try {
            return folder.split(WMDP, PAPERS);
        } catch (DataFolderException noFile) {
            try {
                return folder.split(WMDP, PAPERS, "train");
            } catch (DataFolderException noParts) {
                noParts.addSuppressed(noFile);
                throw new DataFolderException(
                        noParts.getMessage() + "; or its one file as " + WMDP + "/" + PAPERS + ".jsonl", noParts);
            }
        }
    }

    private static DataFolder.Split wikipedia(DataFolder folder) {
        return folder.split(WIKITEXT, WIKITEXT_2, "test");
    }

    /** The numbers of the rows that are long enough. */
    private static List<Integer> documents(DataFolder.Split split) {
        List<Integer> numbers = new ArrayList<>();
        split.read(List.of(TEXT), (number, row) -> {
            String text = row.text(TEXT);
            if (text.codePointCount(0, text.length()) > SHORT) {
                numbers.add(number);
            }
            return true;
        });
        return numbers;
    }

    private static Corpus corpus(
            DataFolder.Split split,
            List<Integer> rows,
            Tokenizer tokenizer,
            int sequences,
            int contextTokens,
            TorchGenerator torch) {
        int[] numbers = rows.stream().mapToInt(Integer::intValue).toArray();
        List<int[]> blocks =
                rows.isEmpty() ? List.of() : TokenBlocks.of(split.texts(TEXT, numbers), tokenizer, contextTokens);
        if (blocks.isEmpty()) {
            throw new EvaluationException(split.name() + " has " + rows.size() + " documents of more than " + SHORT
                    + " characters, which together are less than one sequence of " + contextTokens
                    + " tokens; see whether the files are whole, or set eval.unlearning.corpora.context-tokens lower");
        }
        List<int[]> shuffled = IntStream.of(torch.permutation(blocks.size()))
                .limit(sequences)
                .mapToObj(blocks::get)
                .toList();
        return new Corpus(split.name(), rows.size(), shuffled);
    }
}
