package org.unweave.model.sae.variant;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Ops;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.Golden;

/**
 * Losses, gradients, probes, attribution and the change of each weight over updates with and without labelled texts are
 * those of an implementation in PyTorch that shares nothing with this one.
 */
class FamilyGoldenTest {
    static Stream<Arguments> goldens() {
        return Stream.of("baseline", "attribution-adversarial", "contrastive", "self-aligned")
                .flatMap(name ->
                        Stream.of(new ReferenceOps(), new SimdOps(new Team(1))).map(ops -> Arguments.of(name, ops)));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void updates_goldenFile_areThoseOfPyTorch(String name, Ops ops) throws IOException {
        Golden golden = Golden.load(name);
        golden.assertGradients(ops);
        golden.assertUpdates(ops);
    }
}
