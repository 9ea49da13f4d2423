package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.DataConfig;
import org.unweave.config.DataConfig.Precision;

/**
 * Texts are read once each, from every kind of file; no held-out text is a training text; order and side of a text
 * depend on its content and the seed alone. What cannot be read is named.
 */
class CorpusTest {
    @TempDir
    private Path folder;

    @Test
    void ofFiles_everyKind_isRead() throws IOException {
        Files.writeString(folder.resolve("a.txt"), "\uFEFFplain text");
        Files.writeString(
                folder.resolve("b.jsonl"), "{\"text\": \"from json\", \"other\": 1}\n\n{\"text\": \"more\"}\n");
        Files.writeString(
                folder.resolve("c.csv"), "id,text\r\n1,\"with, comma\"\r\n2,\"two\nlines and a \"\"quote\"\"\"\r\n");
        Files.createDirectories(folder.resolve("deep"));
        Files.writeString(folder.resolve("deep/d.TXT"), "below");
        Files.writeString(folder.resolve("ignored.bin"), "not text");

        assertThat(texts(read(folder)))
                .containsExactlyInAnyOrder(
                        "plain text", "from json", "more", "with, comma", "two\nlines and a \"quote\"", "below");
    }

    @Test
    void ofFiles_duplicates_areReadOnce() throws IOException {
        Files.writeString(folder.resolve("a.jsonl"), lines("one", "two", "three", " one "));
        Files.writeString(folder.resolve("b.txt"), "two\n");

        assertThat(texts(read(folder))).containsExactlyInAnyOrder("one", "two", "three");
    }

    @Test
    void ofFiles_longTextFile_isCutAtParagraphs() throws IOException {
        StringBuilder book = new StringBuilder();
        for (int paragraph = 0; paragraph < 400; paragraph++) {
            book.append(("word" + paragraph + " ").repeat(40)).append("\n\n");
        }
        Files.writeString(folder.resolve("book.txt"), book);

        List<String> texts = texts(read(folder));

        assertThat(texts)
                .hasSizeBetween(5, 20)
                .allSatisfy(text ->
                        assertThat(text).hasSizeLessThanOrEqualTo(20_000).matches("(?s)word(\\d+) .*"));
        assertThat(texts.stream().mapToInt(text -> text.split("\\s+").length).sum())
                .isEqualTo(400 * 40);
    }

    @Test
    void ofFiles_otherFileNamesAndOrder_giveTheSameCorpus() throws IOException {
        Path one = Files.createDirectories(folder.resolve("one"));
        Path two = Files.createDirectories(folder.resolve("two"));
        Files.writeString(one.resolve("a.jsonl"), lines(numbered(0, 50)) + lines(numbered(50, 100)));
        Files.writeString(two.resolve("z.jsonl"), lines(numbered(50, 100)));
        Files.writeString(two.resolve("y.jsonl"), lines(numbered(0, 50)));

        Corpus first = read(one);
        Corpus second = read(two);

        assertThat(second.fingerprint()).isEqualTo(first.fingerprint());
        assertThat(texts(second.training())).isEqualTo(texts(first.training()));
        assertThat(texts(second.heldOut())).isEqualTo(texts(first.heldOut()));
    }

    @Test
    void ofFiles_moreDocuments_leaveTheSidesOfTheOthers() throws IOException {
        Path one = Files.createDirectories(folder.resolve("one"));
        Path two = Files.createDirectories(folder.resolve("two"));
        Files.writeString(one.resolve("a.jsonl"), lines(numbered(0, 100)));
        Files.writeString(two.resolve("a.jsonl"), lines(numbered(0, 200)));

        assertThat(texts(read(two).training()))
                .containsSubsequence(texts(read(one).training()));
        assertThat(texts(read(two).heldOut()))
                .containsSubsequence(texts(read(one).heldOut()));
        assertThat(read(two).fingerprint()).isNotEqualTo(read(one).fingerprint());
    }

    @Test
    void ofFiles_otherSeed_isAnotherOrderAndAnotherSide() throws IOException {
        Files.writeString(folder.resolve("a.jsonl"), lines(numbered(0, 300)));
        Corpus one = Corpus.ofFiles(List.of(folder), 1, 0.2);
        Corpus two = Corpus.ofFiles(List.of(folder), 2, 0.2);

        assertThat(texts(two.heldOut())).isNotEqualTo(texts(one.heldOut()));
        assertThat(texts(two)).isNotEqualTo(texts(one)).containsExactlyInAnyOrderElementsOf(texts(one));
        assertThat(texts(one)).isNotEqualTo(List.of(numbered(0, 300)));
    }

    @Test
    void ofFiles_missingFile_isNamed() {
        assertThatThrownBy(() -> read(folder.resolve("none.txt")))
                .isInstanceOf(CorpusException.class)
                .hasMessageContainingAll("none.txt", "does not exist");
    }

    @Test
    void ofFiles_unknownKind_namesTheKindsThatCanBeRead() throws IOException {
        Path file = Files.writeString(folder.resolve("a.pdf"), "x");

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(CorpusException.class)
                .hasMessageContainingAll("a.pdf", ".txt, .jsonl, .csv");
        assertThatThrownBy(() -> read(folder))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("no text file");
    }

    @Test
    void ofFiles_emptyFile_holdsNoText() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), " \n ");

        assertThatThrownBy(() -> read(file))
                .isInstanceOf(CorpusException.class)
                .hasMessageContainingAll("a.txt", "holds no text");
    }

    @Test
    void ofFiles_tooFewDocumentsForTwoSides_saysWhichSideIsEmpty() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "the only document");

        assertThatThrownBy(() -> Corpus.ofFiles(List.of(file), 1, 0.001))
                .isInstanceOf(CorpusException.class)
                .hasMessageContainingAll("1 different documents", "leaves none to hold out");
    }

    @Test
    void ofFiles_notUtf8_isNamed() throws IOException {
        byte[] latin = "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1);
        for (String name : List.of("a.txt", "b.jsonl", "c.csv")) {
            Path file = folder.resolve(name);
            byte[] before = (name.endsWith(".csv") ? "text\n" : "").getBytes(StandardCharsets.UTF_8);
            byte[] bytes = new byte[before.length + latin.length];
            System.arraycopy(before, 0, bytes, 0, before.length);
            System.arraycopy(latin, 0, bytes, before.length, latin.length);
            Files.write(file, bytes);

            assertThatThrownBy(() -> read(file))
                    .isInstanceOf(CorpusException.class)
                    .hasMessageContainingAll(name, "not UTF-8");
        }
    }

    @Test
    void ofFiles_brokenRecords_areNamedByLine() throws IOException {
        Path json = Files.writeString(folder.resolve("a.jsonl"), lines("fine") + "{\"text\": \n");
        Path field = Files.writeString(folder.resolve("b.jsonl"), lines("fine") + "{\"prompt\": \"x\"}\n");
        Path column = Files.writeString(folder.resolve("c.csv"), "id,prompt\n1,x\n");
        Path fields = Files.writeString(folder.resolve("d.csv"), "id,text\n1,x\n2\n");

        assertThatThrownBy(() -> read(json))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("a.jsonl:2: not JSON");
        assertThatThrownBy(() -> read(field))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("b.jsonl:2: no text field \"text\"");
        assertThatThrownBy(() -> read(column))
                .isInstanceOf(CorpusException.class)
                .hasMessageContainingAll("c.csv", "no column \"text\"", "prompt");
        assertThatThrownBy(() -> read(fields))
                .isInstanceOf(CorpusException.class)
                .hasMessageContainingAll("d.csv:3", "too few fields");
    }

    @Test
    void read_bundle_isPlainEnglishWithoutAHeldOutTextInTraining() {
        RealBundle.open();
        DataConfig data = new DataConfig(List.of("bundle"), 1, 0.05, 2, Precision.BF16, 1);

        Corpus corpus = Corpus.read(data, 1, Bundle.defaultCache());

        List<String> training = texts(corpus.training());
        List<String> heldOut = texts(corpus.heldOut());
        assertThat(training.size() + heldOut.size()).isEqualTo(17_145);
        assertThat(heldOut.size()).isCloseTo(training.size() / 19, Percentage.withPercentage(10));
        assertThat(Collections.disjoint(heldOut, new HashSet<>(training))).isTrue();
        Set<String> middles = new HashSet<>();
        training.forEach(text -> middles.add(middle(text)));
        // A passage with and without its title has the same middle; articles that quote one another are few.
        assertThat(heldOut.stream().filter(text -> middles.contains(middle(text))))
                .hasSizeLessThan(heldOut.size() / 50);
        long characters = training.stream().mapToLong(String::length).sum();
        assertThat(characters).isGreaterThan(16_000_000);
    }

    private static String middle(String text) {
        String withoutTitle = text.contains(" -- ") ? text.substring(text.indexOf(" -- ") + 4) : text;
        int from = withoutTitle.length() / 2;
        return withoutTitle.substring(from, Math.min(withoutTitle.length(), from + 60));
    }

    private Corpus read(Path path) {
        return Corpus.ofFiles(List.of(path), 4, 0.35);
    }

    private static List<String> texts(Corpus corpus) {
        List<String> texts = new ArrayList<>(texts(corpus.training()));
        texts.addAll(texts(corpus.heldOut()));
        return texts;
    }

    private static List<String> texts(Iterable<Document> documents) {
        List<String> texts = new ArrayList<>();
        documents.forEach(document -> texts.add(document.text()));
        return texts;
    }

    private static String lines(String... texts) {
        StringBuilder lines = new StringBuilder();
        for (String text : texts) {
            lines.append("{\"text\": \"").append(text).append("\"}\n");
        }
        return lines.toString();
    }

    private static String[] numbered(int from, int to) {
        String[] texts = new String[to - from];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "document number " + (from + i);
        }
        return texts;
    }
}
