package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.Progress;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/** The closed form is what encoding, ablating, decoding and pooling every position gives, padding and outliers included. */
class AblationTest {
    private static final int CONTEXT = 9;
    private static final List<Integer> N = List.of(2, 5, 96);

    @TempDir
    Path cache;

    static Stream<FrozenSae> forms() {
        SaeBenchGolden golden = SaeBenchGolden.read();
        return SaeBenchGolden.FORMS.stream().map(golden::sae);
    }

    @ParameterizedTest
    @MethodSource("forms")
    void logits_anyForm_areThoseOfTheLiteralWay(FrozenSae sae) {
        onRandomTexts(sae.width(), (set, workspace) -> {
            Subject subject = TestRuns.subject("job", sae);
            LinearProbe probe = probe(sae.width());
            LinearProbe.Examples texts = all(set);
            PooledLatents latents = PooledLatents.of(set, subject, workspace);
            ClosedFormAblation closed = ClosedFormAblation.of(set, latents, subject, CONTEXT, workspace);
            LiteralAblation literal = new LiteralAblation(set, subject, CONTEXT, workspace);
            int[] ranked = new Draws(4, "ranked").permutation(sae.features());
            Ablation.Reader reader = Ablation.Reader.of(probe, subject, workspace);
            double moved = 0;
            for (Ablation.Padding padding : Ablation.Padding.values()) {
                double[][] fast = closed.logits(ranked, N, reader, texts, padding);
                double[][] slow = literal.logits(ranked, N, probe, texts, padding);
                for (int n = 0; n < N.size(); n++) {
                    for (int i = 0; i < texts.count(); i++) {
                        assertThat(fast[n][i]).isCloseTo(slow[n][i], within(1e-4));
                        moved = Math.max(moved, Math.abs(slow[n][i] - probe.logit(texts.rows(), texts.row()[i])));
                    }
                }
            }
            assertThat(moved).isGreaterThan(0.1);
            assertThat(closed.logits(ranked, N, reader, texts, Ablation.Padding.ENCODED)[2])
                    .isNotEqualTo(closed.logits(ranked, N, reader, texts, Ablation.Padding.LEFT_OUT)[2]);
        });
    }

    @Test
    void logits_identitySaeWithAllLatentsAblated_areTheBias() {
        onRandomTexts(FakeModel.WIDTH, (set, workspace) -> {
            Subject subject = TestRuns.subject("job", TestRuns.identity());
            LinearProbe probe = probe(FakeModel.WIDTH);
            int[] every = new int[2 * FakeModel.WIDTH];
            Arrays.setAll(every, i -> i);
            double[][] logits = ClosedFormAblation.of(
                            set, PooledLatents.of(set, subject, workspace), subject, CONTEXT, workspace)
                    .logits(
                            every,
                            List.of(100),
                            Ablation.Reader.of(probe, subject, workspace),
                            all(set),
                            Ablation.Padding.ENCODED);

            for (double logit : logits[0]) {
                assertThat(logit).isCloseTo(probe.bias(), within(1e-5));
            }
        });
    }

    @Test
    void largest_signedEffectsAreTooFew_takesAsManyAsHaveAnEffectNegativeOnesLast() {
        double[] difference = {1, -3, 2, 2, 0, 1};
        double[] alignment = {1, 9, -1, 2, 7, 1};

        assertThat(Attribution.of(difference, alignment, Attribution.Measure.SIGNED)
                        .largest(6))
                .containsExactly(3, 0, 5, 1);
        assertThat(Attribution.of(new double[] {1, 1, 1}, new double[] {-2, -1, 1}, Attribution.Measure.SIGNED)
                        .largest(6))
                .containsExactly(2, 1, 0);
        assertThat(Attribution.of(new double[] {0, 0}, new double[] {1, 1}, Attribution.Measure.MAGNITUDE)
                        .largest(2))
                .isEmpty();
        assertThat(Attribution.of(difference, alignment, Attribution.Measure.MAGNITUDE)
                        .largest(3))
                .containsExactly(1, 3, 2);
    }

    @Test
    void draw_matched_areOtherLatentsOfTheNearestRates() {
        onRandomTexts(FakeModel.WIDTH, (set, workspace) -> {
            PooledLatents latents = PooledLatents.of(
                    set, TestRuns.subject("job", RandomSae.create(400, 4, new float[FakeModel.WIDTH], 3)), workspace);
            MatchedLatents matched = new MatchedLatents(latents);
            int[] byRate = Stream.iterate(0, latent -> latent + 1)
                    .limit(400)
                    .sorted((a, b) -> Double.compare(latents.firingRate(b), latents.firingRate(a)))
                    .mapToInt(latent -> latent)
                    .toArray();
            int[] often = Arrays.copyOf(byRate, 10);

            int[] drawn = matched.draw(often, new Draws(1, "a"));

            assertThat(drawn).hasSize(10).doesNotHaveDuplicates();
            assertThat(Arrays.stream(drawn)
                            .noneMatch(latent -> Arrays.stream(often).anyMatch(o -> o == latent)))
                    .isTrue();
            // The 60 most often active are all that the nearest 50 of any of the first 10 can be.
            double least = latents.firingRate(byRate[69]);
            for (int latent : drawn) {
                assertThat(latents.firingRate(latent)).isGreaterThanOrEqualTo(least);
            }
            assertThat(matched.draw(often, new Draws(1, "a"))).isEqualTo(drawn);
            assertThat(matched.draw(often, new Draws(2, "a"))).isNotEqualTo(drawn);
            long alive = Arrays.stream(byRate)
                    .filter(latent -> latents.firingRate(latent) > 0)
                    .count();
            int[] most = Arrays.copyOf(byRate, (int) alive - 3);
            assertThat(matched.draw(most, new Draws(1, "a"))).hasSize(3);
        });
    }

    private static LinearProbe probe(int width) {
        Draws draws = new Draws(9, "probe");
        double[] weight = new double[width];
        for (int i = 0; i < width; i++) {
            weight[i] = (float) draws.gaussian() / 2;
        }
        return new LinearProbe(weight, 0.25, LinearProbe.Settings.ABLATION);
    }

    private static LinearProbe.Examples all(LabelledActivations set) {
        int[] row = new int[set.texts()];
        Arrays.setAll(row, i -> i);
        return new LinearProbe.Examples(set.pooledModel(), row, new boolean[row.length]);
    }

    private interface Work {
        void on(LabelledActivations set, Workspace workspace);
    }

    /** Texts of 1 to 8 rows; the fifth has an outlier in it. */
    private void onRandomTexts(int width, Work work) {
        StoredModel stored = new StoredModel(width);
        Draws draws = new Draws(8, "texts");
        String[] texts = new String[40];
        for (int n = 0; n < texts.length; n++) {
            float[][] rows = new float[1 + n % 8][width];
            for (int r = 0; r < rows.length; r++) {
                for (int i = 0; i < width; i++) {
                    rows[r][i] = (float) draws.gaussian() * (n == 4 && r == 2 ? 1000 : 1);
                }
            }
            texts[n] = stored.add(rows);
        }
        List<String> all = List.of(texts);
        ProbingTexts set = new ProbingTexts(
                "random",
                List.of(
                        new ProbingTexts.ClassTexts("x", all.subList(0, 10), all.subList(10, 20)),
                        new ProbingTexts.ClassTexts("y", all.subList(20, 30), all.subList(30, 40))));
        try (Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops());
                ModelAccess model = new ModelAccess(stored, device, "blocks.0.hook_resid_post", 0);
                ActivationCache activations = new ActivationCache(cache)) {
            LabelledActivations rows = LabelledActivations.of(set, model, CONTEXT, 8, 100, activations, Progress.NONE);
            assertThat(rows.outliers()).isEqualTo(1);
            work.on(rows, workspace);
        }
    }
}
