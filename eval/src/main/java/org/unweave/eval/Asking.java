package org.unweave.eval;

import java.util.List;
import org.unweave.model.data.Question;
import org.unweave.model.data.QuestionSet;

/** A way of putting questions to the model. */
interface Asking {
    /** What must hold of the unchanged model for a question to count as answered: the option, chosen or not. */
    record Trial(Prompt prompt, int option, boolean chosen) {}

    String name();

    /** SAEBench's word for the questions that are scored. */
    String metric();

    /** The question as it is asked when the model is changed. */
    Prompt prompt(QuestionSet set, Question question);

    /** What the unchanged model has to pass beside choosing the right option of {@link #prompt}. */
    List<Trial> trials(QuestionSet set, Question question);
}
