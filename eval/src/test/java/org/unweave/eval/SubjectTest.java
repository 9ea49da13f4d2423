package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/** SAEs that compute the same have the same fingerprint, and no others. */
class SubjectTest {
    private static Mat mat(int rows, int cols, float first) {
        Mat mat = Mat.zeros(rows, cols);
        mat.set(0, 0, first);
        return mat;
    }

    private static String fingerprint(FrozenSae sae) {
        try (sae) {
            return new Subject("run", "job", 1, "variant", 1, sae).fingerprint();
        }
    }

    private static TopKForm topK(int k, float weight) {
        return new TopKForm(k, mat(4, 3, weight), mat(1, 4, 0), mat(4, 3, 1), mat(1, 3, 0));
    }

    private static JumpReluForm jump(float threshold, boolean subtracts) {
        return new JumpReluForm(
                mat(1, 4, threshold), subtracts, mat(4, 3, 1), mat(1, 4, 0), mat(4, 3, 1), mat(1, 3, 0));
    }

    @Test
    void fingerprint_ofTheSame_isTheSame_andOfAnyOtherAnother() {
        assertThat(fingerprint(topK(2, 1))).isEqualTo(fingerprint(topK(2, 1)));
        List<String> all = List.of(
                fingerprint(topK(2, 1)),
                fingerprint(topK(3, 1)),
                fingerprint(topK(2, 2)),
                fingerprint(new ReluForm(mat(4, 3, 1), mat(1, 4, 0), mat(4, 3, 1), mat(1, 3, 0))),
                fingerprint(jump(0.1f, true)),
                fingerprint(jump(0.2f, true)),
                fingerprint(jump(0.1f, false)));
        Set<String> distinct = new HashSet<>(all);
        assertThat(distinct).hasSameSizeAs(all);
    }

    @Test
    void id_endsWithTheLabel_andNamesThatAreNoFileNamesAreRefused() {
        try (FrozenSae sae = topK(2, 1)) {
            assertThat(new Subject("run", "job", 7, "topk", 1, sae, "_seed2").id())
                    .isEqualTo("run_job_7_seed2");
            assertThatThrownBy(() -> new Subject("run", "a/b", 7, "topk", 1, sae))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a/b");
        }
    }
}
