package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Documents become sequences in order; nothing but short ends, special tokens and the tail of huge documents is lost. */
class SequencesTest {
    @Test
    void iterator_longDocument_isCutIntoFullWindowsAndAnEnd() {
        List<int[]> found = tokens(numbers(2, 10 + 10 + 20), 11);

        // Windows of 10 tokens after BOS; 16 is more than a window, so every end is dropped.
        assertThat(found).hasSize(4);
        assertThat(found.get(0)).containsExactly(0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        assertThat(found.get(3)).containsExactly(0, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41);
    }

    @Test
    void iterator_endOfADocument_isKeptFromSixteenTokensOn() {
        assertThat(tokens(numbers(100, 50 + 15), 51)).hasSize(1);
        List<int[]> found = tokens(numbers(100, 50 + 16), 51);
        assertThat(found).hasSize(2);
        assertThat(found.get(1)).hasSize(17).startsWith(0, 150).endsWith(165);
        assertThat(tokens(numbers(100, 15), 51)).isEmpty();
    }

    @Test
    void iterator_hugeDocument_givesItsFirstWindows() {
        List<int[]> found = tokens(numbers(100, 3_000), 21);

        assertThat(found).hasSize(Sequences.MOST_WINDOWS);
        assertThat(found.getLast()).endsWith(100 + 20 * Sequences.MOST_WINDOWS - 1);
    }

    @Test
    void iterator_specialTokensInAText_areLeftOut() {
        List<int[]> found = tokens("0 <end> " + numbers(100, 20) + " <end>", 51);

        assertThat(found).hasSize(1);
        assertThat(found.getFirst()).hasSize(21).startsWith(0, 100).endsWith(119);
    }

    @Test
    void iterator_severalDocuments_keepTheirOrderAndNames() {
        List<Document> documents = List.of(
                new Document("a", numbers(100, 45)), new Document("b", "short"), new Document("c", numbers(300, 20)));
        List<String> names = new ArrayList<>();
        new Sequences(documents, new WordTokenizer(), 26)
                .forEach(sequence -> names.add(sequence.document() + sequence.window() + ":" + sequence.rows()));

        assertThat(names).containsExactly("a0:25", "a1:20", "c0:20");
    }

    @Test
    void iterator_secondOne_startsAgain() {
        Sequences sequences = new Sequences(List.of(new Document("a", numbers(100, 45))), new WordTokenizer(), 26);

        assertThat(sequences).hasSize(2);
        assertThat(sequences).hasSize(2);
    }

    @Test
    void plan_shards_holdWholeSequencesAndEndAtTheRow() {
        Sequences sequences = new Sequences(
                IntStream.range(0, 20)
                        .mapToObj(n -> new Document("d" + n, numbers(100 * n + 2, 17 + n)))
                        .toList(),
                new WordTokenizer(),
                64);
        List<List<Integer>> shards = new ArrayList<>();
        new ShardPlan(sequences.iterator(), 200, 60)
                .forEachRemaining(shard ->
                        shards.add(shard.stream().map(TokenSequence::rows).toList()));

        assertThat(shards).containsExactly(List.of(17, 18, 19), List.of(20, 21), List.of(22, 23), List.of(24, 25, 11));
    }

    private static String numbers(int from, int count) {
        return IntStream.range(from, from + count).mapToObj(String::valueOf).collect(Collectors.joining(" "));
    }

    private static List<int[]> tokens(String text, int contextTokens) {
        List<int[]> found = new ArrayList<>();
        new Sequences(List.of(new Document("d", text)), new WordTokenizer(), contextTokens)
                .forEach(sequence -> found.add(sequence.tokens()));
        return found;
    }
}
