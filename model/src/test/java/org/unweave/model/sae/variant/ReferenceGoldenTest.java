package org.unweave.model.sae.variant;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.ReferenceGolden;

/**
 * The reference architectures under {@code compatibility = dictionary-learning}: losses, gradients, updates and counters
 * are those of the package's own trainers. Two files were made with our corrections put into the package, and are met
 * without compatibility.
 */
class ReferenceGoldenTest {
    static Stream<Arguments> files() {
        return Stream.of(
                        "standard",
                        "standard-april",
                        "topk",
                        "batch-topk",
                        "jump-relu",
                        "gated",
                        "p-anneal",
                        "p-anneal-lp",
                        "matryoshka",
                        "jump-relu-two-sided",
                        "matryoshka-once")
                .flatMap(name -> Stream.of(new ReferenceOps(), new SimdOps(new Team(1)), new SimdOps(new Team(2)))
                        .map(ops -> Arguments.of(name, ops)));
    }

    private static final List<String> CORRECTED = List.of("jump-relu-two-sided", "matryoshka-once");

    @ParameterizedTest
    @MethodSource("files")
    void gradients_goldenFile_areThoseOfThePackage(String name, Ops ops) throws IOException {
        ReferenceGolden.load(name, CORRECTED.contains(name)).assertGradients(ops);
    }

    @ParameterizedTest
    @MethodSource("files")
    void updates_goldenFile_areThoseOfThePackage(String name, Ops ops) throws IOException {
        ReferenceGolden.load(name, CORRECTED.contains(name)).assertUpdates(ops);
    }
}
