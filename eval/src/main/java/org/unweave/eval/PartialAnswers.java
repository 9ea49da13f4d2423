package org.unweave.eval;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.model.file.Sha256;

/**
 * The answers that an interrupted evaluation has collected, so that the next attempt need not ask again. A file belongs
 * to one key, which names everything that decides an answer, so that no answer of another SAE, model or configuration
 * is taken; each line has its own checksum.
 */
final class PartialAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(PartialAnswers.class);

    private final Path file;
    private final Map<String, List<String>> byBlock = new HashMap<>();

    /** @param key a checksum of everything that decides an answer */
    PartialAnswers(Path folder, String key) {
        this.file = folder.resolve(key + ".answers");
        try {
            if (!Files.exists(file)) {
                Files.createDirectories(folder);
                return;
            }
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                String[] parts = line.split("\t", -1);
                if (parts.length != 3 || !parts[2].equals(Sha256.of(parts[0] + "\t" + parts[1]))) {
                    LOG.warn("a line of {} is damaged, so its questions are asked again", file);
                    continue;
                }
                byBlock.put(parts[0], List.of(parts[1].split(",", -1)));
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** The answers of a block of questions, one word a question; null where they are not known. */
    @Nullable
    List<String> get(String block) {
        return byBlock.get(block);
    }

    void put(String block, List<String> answers) {
        byBlock.put(block, answers);
        String content = block + "\t" + String.join(",", answers);
        try {
            Files.writeString(
                    file,
                    content + "\t" + Sha256.of(content) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Of no use once the report is made. */
    void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private EvaluationException failure(IOException e) {
        return new EvaluationException(
                "cannot keep the answers so far in " + file + ": " + e.getMessage()
                        + "; check the folder's rights and the disk's free space, or set another cache folder",
                e);
    }
}
