package org.unweave.eval;

import java.util.List;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.lm.Tokenizer;

/** The texts that one seed chooses, whatever seed is asked for: several seeds then differ in their draws and probes alone. */
public record TextsOfSeed(EvalInputs inputs, long seed) implements EvalInputs {
    @Override
    public String corpusName() {
        return inputs.corpusName();
    }

    @Override
    public List<int[]> heldOut(int sequences, int contextTokens) {
        return inputs.heldOut(sequences, contextTokens);
    }

    @Override
    public ProbingTexts labelled(String name, int trainTexts, int testTexts, long asked) {
        return inputs.labelled(name, trainTexts, testTexts, seed);
    }

    @Override
    public PairedTexts paired(String name, int trainTexts, int testTexts, long asked) {
        return inputs.paired(name, trainTexts, testTexts, seed);
    }

    @Override
    public QuestionSet questions(String name, long asked) {
        return inputs.questions(name, seed);
    }

    @Override
    public UnlearningCorpora unlearningCorpora(Tokenizer tokenizer, int sequences, int contextTokens, long asked) {
        return inputs.unlearningCorpora(tokenizer, sequences, contextTokens, seed);
    }

    @Override
    public PairedTexts developmentTexts() {
        return inputs.developmentTexts();
    }
}
