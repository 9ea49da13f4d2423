package org.unweave.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Documents of a few common words in random order: quickly read and harvested, and no two alike. */
final class SmallCorpus {
    private static final int DOCUMENTS = 200;
    private static final int WORDS = 60;
    private static final List<String> COMMON = List.of(
            ("the of and to in a is that for it as was with be by on not he his but at are this have from or had an"
                            + " they which one you were all her she there would their we him been has when who will no more"
                            + " if out so up said what its about than into them can only other time new some could these two"
                            + " may first then do any like my now over such our man me even most made")
                    .split(" "));

    private SmallCorpus() {}

    /** Writes them into a folder, and gives that. */
    static Path write(Path folder) throws IOException {
        Random random = new Random(5);
        Files.createDirectories(folder);
        for (int document = 0; document < DOCUMENTS; document++) {
            List<String> text = IntStream.range(0, WORDS)
                    .mapToObj(i -> COMMON.get(random.nextInt(COMMON.size())))
                    .toList();
            Files.writeString(folder.resolve(document + ".txt"), String.join(" ", text));
        }
        return folder;
    }

    /** What has a run read them, and what else is to be as it says. */
    static List<String> overrides(Path folder, String... others) {
        List<String> all = new ArrayList<>(List.of("data.corpus=[\"" + folder + "\"]", "data.held-out-share=0.2"));
        all.addAll(List.of(others));
        return all;
    }
}
