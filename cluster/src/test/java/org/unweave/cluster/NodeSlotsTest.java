package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.model.math.Cuda;

/** Pins what {@code --slots} takes, and that a card which cannot be trained on is refused with the reason. */
class NodeSlotsTest {
    private static final Cuda.Found CARDS = new Cuda.Cards(
            List.of(new Cuda.Card("A100", 8, 0), new Cuda.Card("H100", 9, 0), new Cuda.Card("L4", 8, 9)));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2                 | 2 | ",
                "cpu=2             | 2 | ",
                "cuda=0            | 6 | 0",
                "cuda=2,0          | 6 | 2 0",
                "cpu=3,cuda=0,2    | 3 | 0 2",
                "cuda=0,2,cpu=3    | 3 | 0 2",
                "cuda=0,cuda=2     | 6 | 0 2",
                "3 , cuda=0 , 2    | 3 | 0 2",
                "cpu=0,cuda=2      | 0 | 2"
            })
    void slots_areReadInEachForm(String text, int cpu, String cards) {
        NodeSlots slots = NodeSlots.parse(text, 6, CARDS);
        assertThat(slots.cpu()).isEqualTo(cpu);
        assertThat(slots.cards())
                .isEqualTo(
                        cards == null
                                ? List.of()
                                : List.of(cards.split(" ")).stream()
                                        .map(Integer::valueOf)
                                        .toList());
        assertThat(slots.refused()).isEmpty();
        assertThat(slots.refusal()).isEmpty();
    }

    @Test
    void cuda_isAllCardsThatCanBeTrainedOn() {
        NodeSlots slots = NodeSlots.parse("cpu=2,cuda", 6, CARDS);
        assertThat(slots.cpu()).isEqualTo(2);
        assertThat(slots.cards()).containsExactly(0, 2);
        assertThat(slots.refused()).containsOnlyKeys(1);
        assertThat(slots.toString())
                .startsWith("2 slots, cards [0, 2]; card 1 is refused: ")
                .endsWith("this is H100, compute capability 9.0");
    }

    @Test
    void node_whoseCardsAreAllRefused_trainsOnTheCpu() {
        for (Cuda.Found found : List.of(
                new Cuda.NoBackend(),
                new Cuda.NoDriver("no CUDA-capable device is detected"),
                new Cuda.Cards(List.of()),
                new Cuda.Cards(List.of(new Cuda.Card("H100", 9, 0))))) {
            NodeSlots slots = NodeSlots.parse("cuda", 6, found);
            assertThat(slots.cpu()).isEqualTo(6);
            assertThat(slots.cards()).isEmpty();
            assertThat(slots.refused())
                    .isEqualTo(Map.of(0, Cuda.refusal(found, 0).orElseThrow()));
        }
    }

    @Test
    void nothingLeftToTrainOn_isRefusedWithTheReason() {
        assertThatThrownBy(() -> NodeSlots.parse("cpu=0,cuda", 6, new Cuda.NoBackend()))
                .hasMessageContaining("leaves nothing to train on: card 0 is refused: this build is for the CPU only")
                .hasMessageContaining("as --slots 2");
        assertThatThrownBy(() -> NodeSlots.parse("0", 6, CARDS)).hasMessageContaining("leaves nothing to train on");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "two          | at \"two\"",
                "-1           | at \"-1\"",
                "2,           | two numbers of the CPU's",
                "2,3          | two numbers of the CPU's",
                "gpu=0        | at \"gpu=0\"",
                "cuda=        | at \"\"",
                "cuda=0,x     | at \"x\"",
                "cuda=0,0     | card 0 twice",
                "cuda,cuda=1  | card 1 twice",
                "cuda=1-2     | at \"1-2\""
            })
    void whatIsNotUnderstood_isNamed(String text, String problem) {
        assertThatThrownBy(() -> NodeSlots.parse(text, 6, CARDS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--slots " + text)
                .hasMessageContaining(problem)
                .hasMessageContaining("cpu=N, cuda (all cards), cuda=0,1 (these)");
    }
}
