package org.unweave.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.unweave.model.lm.TinyLlama;

/**
 * A language model of three blocks and documents of a few common words in random order, no two alike: for tests of what
 * happens to a run, whatever it trains on. A token is a letter.
 */
record SmallInputs(Path model, Path texts) {
    private static final int DOCUMENTS = 200;
    private static final int WORDS = 60;
    private static final List<String> COMMON = List.of(
            ("the of and to in a is that for it as was with be by on not he his but at are this have from or had an"
                            + " they which one you were all her she there would their we him been has when who will no more"
                            + " if out so up said what its about than into them can only other time new some could these two"
                            + " may first then do any like my now over such our man me even most made")
                    .split(" "));

    /** Writes them into a folder. */
    static SmallInputs write(Path folder) throws IOException {
        Random random = new Random(5);
        Path texts = Files.createDirectories(folder.resolve("texts"));
        for (int document = 0; document < DOCUMENTS; document++) {
            List<String> text = IntStream.range(0, WORDS)
                    .mapToObj(i -> COMMON.get(random.nextInt(COMMON.size())))
                    .toList();
            Files.writeString(texts.resolve(document + ".txt"), String.join(" ", text));
        }
        return new SmallInputs(TinyLlama.write(folder.resolve("model.gguf")), texts);
    }

    /** What has a run take them, and what else is to be as it says. */
    List<String> overrides(String... others) {
        List<String> all = new ArrayList<>(List.of(
                "model.source=\"" + model + "\"",
                "model.hook=blocks.1.hook_resid_post",
                "model.context-tokens=32",
                "data.corpus=[\"" + texts + "\"]",
                "data.held-out-share=0.2"));
        all.addAll(List.of(others));
        return all;
    }
}
