package org.unweave.eval.saebench;

import java.util.List;
import org.unweave.eval.ProbingTexts.ClassTexts;
import org.unweave.model.data.DataFolder;

/** How the classes of one data set are drawn. The same folder, sizes and seed give the same texts. */
interface ProbingSource {
    /** Fails if a file that {@link #draw} will read is not there. */
    void requireFiles(DataFolder folder);

    /** The classes that have texts enough, in the order of their keys. */
    List<ClassTexts> draw(DataFolder folder, int trainTexts, int testTexts, long seed);
}
