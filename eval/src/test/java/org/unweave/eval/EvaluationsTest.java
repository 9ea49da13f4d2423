package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.math.Device;

/** Evaluations are found by their names, and by no others. */
class EvaluationsTest {

    @Test
    void requireKnown_unknownName_listsTheNames() {
        assertThatThrownBy(() -> Evaluations.requireKnown("probing"))
                .isInstanceOf(EvaluationException.class)
                .hasMessage(
                        "there is no evaluation \"probing\"; there are core, sparse_probing, scr, tpp, unlearning, mechanisms");
    }

    @Test
    void evaluations_ofASession_areThoseOfTheConfiguration(@TempDir Path cache) {
        try (EvalSession session = TestRuns.session(cache, new FakeModel(0));
                Device device = Device.cpu(1)) {
            assertThat(session.evaluations(device)).extracting(Evaluation::name).isEqualTo(Evaluations.names());
        }
    }
}
