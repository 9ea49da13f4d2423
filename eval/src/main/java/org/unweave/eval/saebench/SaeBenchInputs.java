package org.unweave.eval.saebench;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.unweave.eval.EvalInputs;
import org.unweave.eval.PairedTexts;
import org.unweave.eval.ProbingTexts;
import org.unweave.eval.UnlearningCorpora;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.DataFolderException;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.lm.Tokenizer;

/** SAEBench's own data sets, from the user's folder, by SAEBench's names; all other texts come from other inputs. */
public final class SaeBenchInputs implements EvalInputs {
    private static final String CORPORA = "the pair of corpora for unlearning";

    private final Optional<DataFolder> folder;
    private final EvalInputs others;

    /** @param folder where the data sets are; none, and their names are refused */
    public SaeBenchInputs(Optional<DataFolder> folder, EvalInputs others) {
        this.folder = folder;
        this.others = others;
    }

    /** The names of SAEBench's labelled sets. */
    public static List<String> names() {
        return ProbingSets.names();
    }

    /** Whether SAEBench has a labelled set of this name. */
    public static boolean isKnown(String name) {
        return ProbingSets.isKnown(name);
    }

    /** The names of SAEBench's sets of two attributes; each of them has a labelled set of the same name. */
    public static List<String> pairedNames() {
        return PairedSets.names();
    }

    /** Whether SAEBench has a set of two attributes of this name. */
    public static boolean isPaired(String name) {
        return PairedSets.isKnown(name);
    }

    /** Fails with a {@link DataFolderException} that says what belongs where, if a file of the set is missing. */
    public static void requireFiles(Optional<DataFolder> folder, String name) {
        ProbingSets.requireFiles(required(folder, name), name);
    }

    /** Whether SAEBench has questions of this name: {@code wmdp-bio}, or a subject of MMLU as {@code human_aging}. */
    public static boolean isQuestions(String name) {
        return ChoiceSets.isKnown(name);
    }

    /** Fails as {@link #requireFiles}, if a file of the questions is missing. */
    public static void requireQuestions(Optional<DataFolder> folder, String name) {
        ChoiceSets.requireFiles(required(folder, name), name);
    }

    /** Fails as {@link #requireFiles}, if a file of the corpora of unlearning is missing. */
    public static void requireCorpora(Optional<DataFolder> folder) {
        BiologyCorpora.requireFiles(required(folder, CORPORA));
    }

    private static DataFolder required(Optional<DataFolder> folder, String name) {
        return folder.orElseThrow(() -> new DataFolderException(name + " is one of SAEBench's own sets, which are read"
                + " from a folder: set eval.data-folder to one that has the files of the Hugging Face hub in"
                + " <owner>/<name>, as fancyzhx/ag_news/data/train-00000-of-00001.parquet"));
    }

    @Override
    public String corpusName() {
        return others.corpusName();
    }

    @Override
    public List<int[]> heldOut(int sequences, int contextTokens) {
        return others.heldOut(sequences, contextTokens);
    }

    @Override
    public ProbingTexts labelled(String name, int trainTexts, int testTexts, long seed) {
        if (!isKnown(name)) {
            return others.labelled(name, trainTexts, testTexts, seed);
        }
        ProbingTexts texts =
                new ProbingTexts(name, ProbingSets.load(required(folder, name), name, trainTexts, testTexts, seed));
        return texts.withoutTests(others.trainedTexts());
    }

    @Override
    public PairedTexts paired(String name, int trainTexts, int testTexts, long seed) {
        if (!isPaired(name)) {
            return others.paired(name, trainTexts, testTexts, seed);
        }
        return PairedSets.load(required(folder, name), name, trainTexts, testTexts)
                .withoutTests(others.trainedTexts());
    }

    @Override
    public QuestionSet questions(String name, long seed) {
        return isQuestions(name) ? ChoiceSets.load(required(folder, name), name) : others.questions(name, seed);
    }

    @Override
    public UnlearningCorpora unlearningCorpora(Tokenizer tokenizer, int sequences, int contextTokens, long seed) {
        return BiologyCorpora.load(required(folder, CORPORA), tokenizer, sequences, contextTokens, seed);
    }

    @Override
    public Set<String> trainedTexts() {
        return others.trainedTexts();
    }

    @Override
    public PairedTexts developmentTexts() {
        return others.developmentTexts();
    }
}
