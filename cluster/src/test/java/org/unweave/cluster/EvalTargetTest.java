package org.unweave.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.math.ReferenceOps;
import org.unweave.model.math.State;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.train.TrainLoop;

/** SAEs are judged together where one session keeps all texts out of its tests that any of them was trained on. */
class EvalTargetTest {
    private static final String SET = "labelled.set=review-domain-sentiment";

    @TempDir
    Path folder;

    private EvalTarget target(String name, String... overrides) {
        String[] small = {"job.features=8", "job.k=2", "jobs=[{ variant = topk }]"};
        List<String> all = new ArrayList<>(List.of(small));
        all.addAll(List.of(overrides));
        RunConfig run = ConfigReader.read("quick", all, Clock.systemUTC());
        try (TrainLoop loop = new TrainLoop(new SaeConfig(run.jobs().getFirst(), 4, 10, 2, 1), new ReferenceOps())) {
            State state = new State();
            loop.save(state);
            return new EvalTarget(
                    run,
                    new CheckpointFolder(folder.resolve(name))
                            .write(loop.manifest(0, Map.of("model_sha256", "m")), "", state),
                    Optional.empty());
        }
    }

    @Test
    void differences_ofOneStream_areNone() {
        EvalTarget one = target("one", SET);
        EvalTarget other = target("other", SET, "labelled.every-steps=2", "labelled.shuffled=true");

        assertThat(other.differencesFrom(one)).isEmpty();
        assertThat(one.differencesFrom(one)).isEmpty();
    }

    @Test
    void differences_trainedOnTextsThatTheFirstWasNot_areTold() {
        EvalTarget with = target("with", SET);
        EvalTarget without = target("without");
        EvalTarget otherSplit = target("split", SET, "labelled.split-seed=7");
        EvalTarget otherMains = target("mains", SET, "labelled.mains=[Yelp, movie]");
        String texts = "labelled texts review-domain-sentiment [Yelp, Amazon] by seed 42";

        assertThat(with.differencesFrom(without)).containsExactly(texts + " in place of none");
        assertThat(without.differencesFrom(with)).isEmpty();
        assertThat(with.differencesFrom(otherSplit))
                .containsExactly(texts + " in place of review-domain-sentiment [Yelp, Amazon] by seed 7");
        assertThat(otherMains.differencesFrom(with)).hasSize(1);
    }
}
