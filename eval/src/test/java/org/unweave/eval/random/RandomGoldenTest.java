package org.unweave.eval.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.unweave.model.file.Sha256;

/** The generators draw what NumPy, pandas, CPython and PyTorch draw, call after call. */
class RandomGoldenTest {
    private static JsonNode golden(String generator) throws IOException {
        try (InputStream in = RandomGoldenTest.class.getResourceAsStream("/golden/random.json")) {
            JsonNode cases = new ObjectMapper().readTree(in).required(generator);
            assertThat(cases.size()).isGreaterThanOrEqualTo(6);
            return cases;
        }
    }

    @Test
    void numpyState_seedsAndSizesOfTheGoldenFile_drawsTheSame() throws IOException {
        for (JsonNode one : golden("numpy_state")) {
            long seed = one.required("seed").longValue();
            NumpyRandomState state = new NumpyRandomState(seed);
            for (JsonNode call : calls(one, "permutation", 8)) {
                requireSame(state.permutation(n(call)), call, seed);
            }
            for (JsonNode call : calls(one, "choice", 2)) {
                requireSame(state.choice(n(call), k(call)), call, seed);
            }
            for (JsonNode call : calls(one, "pandas_sample", 3)) {
                requireSame(new NumpyRandomState(seed).choice(n(call), k(call)), call, seed);
            }
        }
    }

    @Test
    void numpyGenerator_seedsAndSizesOfTheGoldenFile_drawsTheSame() throws IOException {
        for (JsonNode one : golden("numpy_generator")) {
            long seed = one.required("seed").longValue();
            NumpyGenerator generator = new NumpyGenerator(seed);
            for (JsonNode call : calls(one, "shuffle", 8)) {
                List<Integer> numbers = numbersBelow(n(call));
                generator.shuffle(numbers);
                requireSame(array(numbers), call, seed);
            }
        }
    }

    @Test
    void python_seedsAndSizesOfTheGoldenFile_drawsTheSame() throws IOException {
        for (JsonNode one : golden("python")) {
            long seed = one.required("seed").longValue();
            PythonRandom python = new PythonRandom(seed);
            for (JsonNode call : calls(one, "shuffle", 8)) {
                List<Integer> numbers = numbersBelow(n(call));
                python.shuffle(numbers);
                requireSame(array(numbers), call, seed);
            }
            for (JsonNode call : calls(one, "sample", 9)) {
                requireSame(array(python.sample(numbersBelow(n(call)), k(call))), call, seed);
            }
            for (JsonNode call : calls(one, "randrange", 5)) {
                assertThat(python.below(n(call)))
                        .as("seed " + seed)
                        .isEqualTo(call.required("value").intValue());
            }
        }
    }

    @Test
    void torch_seedsAndSizesOfTheGoldenFile_drawsTheSame() throws IOException {
        for (JsonNode one : golden("torch")) {
            long seed = one.required("seed").longValue();
            TorchGenerator torch = new TorchGenerator(seed);
            for (JsonNode call : calls(one, "randperm", 8)) {
                requireSame(torch.permutation(n(call)), call, seed);
            }
        }
    }

    @Test
    void seedThatNumpyRefuses_isRefused() {
        assertThatThrownBy(() -> new NumpyRandomState(1L << 32)).hasMessageContaining("4294967296");
        assertThatThrownBy(() -> new NumpyRandomState(-1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> new NumpyGenerator(-1)).hasMessageContaining("-1");
    }

    @Test
    void sample_moreThanThereAre_isRefused() {
        assertThatThrownBy(() -> new NumpyRandomState(1).choice(3, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PythonRandom(1).sample(List.of(1), 2))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static JsonNode calls(JsonNode one, String method, int count) {
        JsonNode calls = one.required(method);
        assertThat(calls.size()).as(method).isEqualTo(count);
        return calls;
    }

    private static int n(JsonNode call) {
        return call.required("n").intValue();
    }

    private static int k(JsonNode call) {
        return call.required("k").intValue();
    }

    private static List<Integer> numbersBelow(int count) {
        return new ArrayList<>(IntStream.range(0, count).boxed().toList());
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private static void requireSame(int[] drawn, JsonNode call, long seed) {
        String what = "seed " + seed + ", " + call;
        List<Integer> first = new ArrayList<>();
        call.required("first").forEach(number -> first.add(number.intValue()));
        assertThat(Arrays.stream(drawn).limit(10).boxed().toList()).as(what).isEqualTo(first);
        assertThat(drawn).as(what).hasSize(call.required("count").intValue());
        String all = Arrays.stream(drawn).mapToObj(Integer::toString).collect(Collectors.joining(","));
        assertThat(Sha256.of(all)).as(what).isEqualTo(call.required("sha256").textValue());
    }
}
