package org.unweave.model.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A card is taken where ND4J's backend has code for it, and refused with the reason and the remedy elsewhere. */
class CudaTest {
    private static Cuda.Found one(String name, int major, int minor) {
        return new Cuda.Cards(List.of(new Cuda.Card(name, major, minor)));
    }

    @ParameterizedTest
    @CsvSource({
        "Tesla K80, 3, 7",
        "GeForce GTX 980, 5, 2",
        "Tesla P100, 6, 0",
        "GeForce GTX 1080, 6, 1",
        "Tesla V100, 7, 0",
        "Tesla T4, 7, 5",
        "A100, 8, 0",
        "GeForce RTX 3090, 8, 6",
        "L4, 8, 9"
    })
    void card_fromK80ToAda_isTaken(String name, int major, int minor) {
        assertThat(Cuda.refusal(one(name, major, minor), 0)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"H100, 9, 0", "H200, 9, 0", "B200, 10, 0", "GeForce RTX 5090, 12, 0", "Tesla K40, 3, 5"})
    void card_ofAnotherKind_isRefusedWithItsNameAndTheReason(String name, int major, int minor) {
        assertThat(Cuda.refusal(one(name, major, minor), 0))
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains("machine code for compute capability 3.7 to 8.9 only")
                        .endsWith("this is " + name + ", compute capability " + major + "." + minor));
    }

    @Test
    void cards_areJudgedEachByItself() {
        Cuda.Found two = new Cuda.Cards(List.of(new Cuda.Card("A100", 8, 0), new Cuda.Card("H100", 9, 0)));
        assertThat(Cuda.refusal(two, 0)).isEmpty();
        assertThat(Cuda.refusal(two, 1)).isPresent();
        assertThat(Cuda.refusal(two, 2)).hasValue("there is no card 2; the driver has 2, numbered from 0");
        assertThat(Cuda.refusal(two, -1)).isPresent();
        assertThat(Cuda.numbers(two)).containsExactly(0, 1);
    }

    @Test
    void machine_withoutBackendDriverOrCard_isToldTheRemedy() {
        assertThat(Cuda.refusal(new Cuda.NoBackend(), 0))
                .hasValueSatisfying(reason -> assertThat(reason).contains("UNWEAVE_BACKEND=cuda"));
        assertThat(Cuda.refusal(new Cuda.NoDriver("no CUDA-capable device is detected"), 0))
                .hasValueSatisfying(reason -> assertThat(reason)
                        .contains("no CUDA-capable device is detected")
                        .contains("install NVIDIA's driver"));
        assertThat(Cuda.refusal(new Cuda.Cards(List.of()), 0))
                .hasValue("there is no card 0; the driver has 0, numbered from 0");
        assertThat(Cuda.numbers(new Cuda.NoBackend())).containsExactly(0);
    }

    @Test
    void device_thatIsRefused_saysWhy() {
        Cuda.Found found = Cuda.look();
        int missing = Cuda.numbers(found).size();
        String reason = Cuda.refusal(found, missing).orElseThrow();
        assertThatThrownBy(() -> Device.cuda(missing, 1))
                .hasMessage("card " + missing + " cannot be trained on: " + reason);
    }
}
