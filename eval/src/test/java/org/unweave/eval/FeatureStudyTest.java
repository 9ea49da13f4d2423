package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.exchange.AttributionSnapshot.Source;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;

/**
 * Pins which features are looked at, and that what is said of each is what the SAE does on the held-out text: of the
 * identity SAE every number is known beforehand.
 */
class FeatureStudyTest {
    @TempDir
    Path cache;

    private final FakeModel model = new FakeModel(0);

    private ObjectNode study(FrozenSae sae, FeatureStudy.Request request) {
        try (EvalSession session = TestRuns.session(cache, model);
                Device device = Device.cpu(2)) {
            return new FeatureStudy(session, device).study(TestRuns.subject("topk", sae), request);
        }
    }

    private static FeatureStudy.Request request(int count, @Nullable AttributionSnapshot attribution) {
        return new FeatureStudy.Request(count, 3, 7, attribution);
    }

    private static AttributionSnapshot attribution(Attributed... top) {
        return new AttributionSnapshot("topk", 5, Source.EVALUATOR, "spurious", 24, List.of(top), 0.1, 0.8);
    }

    private static List<String> indices(JsonNode study, String reason) {
        List<String> indices = new ArrayList<>();
        study.path("features").forEach(feature -> {
            if (feature.path("reason").asText().equals(reason)) {
                indices.add(feature.path("index").asText());
            }
        });
        return indices;
    }

    @Test
    void features_areThoseOfEachReasonAndNoneTwice() {
        ObjectNode study =
                study(TestRuns.identity(), request(3, attribution(new Attributed(20, 0.5), new Attributed(3, 0.2))));

        assertThat(indices(study, "attributed")).containsExactly("20", "3");
        assertThat(indices(study, "active")).hasSize(3).doesNotContain("20", "3");
        assertThat(indices(study, "random")).hasSize(3);
        Set<String> all = new HashSet<>();
        study.path("features").forEach(feature -> all.add(feature.path("index").asText()));
        assertThat(all).hasSize(8);
        List<Double> rates = new ArrayList<>();
        study.path("features").forEach(feature -> {
            if (feature.path("reason").asText().equals("active")) {
                rates.add(feature.path("frac_nonzero").asDouble());
            }
        });
        assertThat(rates).isSortedAccordingTo((one, other) -> Double.compare(other, one));
        assertThat(study.at("/features/0/attribution").asDouble()).isEqualTo(0.5);
        assertThat(study.at("/attribution/probe_accuracy").asDouble()).isEqualTo(0.8);
    }

    @Test
    void sameRequest_givesTheSameJson() {
        assertThat(study(TestRuns.random(3), request(4, null))).isEqualTo(study(TestRuns.random(3), request(4, null)));
    }

    @Test
    void withoutAttribution_thereAreThoseThatAreActive() {
        ObjectNode study = study(TestRuns.identity(), request(100, null));

        assertThat(indices(study, "attributed")).isEmpty();
        assertThat(indices(study, "active")).hasSize(24);
        assertThat(indices(study, "random")).isEmpty();
        assertThat(study.path("alive").asInt()).isEqualTo(24);
        assertThat(study.has("attribution")).isFalse();
    }

    @Test
    void partsOfACoordinate_shareItsPositionsBetweenThem() {
        ObjectNode study = study(TestRuns.identity(), request(24, null));

        double[] rates = new double[24];
        study.path("features")
                .forEach(feature -> rates[Integer.parseInt(feature.path("index").asText())] =
                        feature.path("frac_nonzero").asDouble());
        for (int i = 0; i < FakeModel.WIDTH; i++) {
            assertThat(rates[i] + rates[FakeModel.WIDTH + i]).isCloseTo(1, within(1e-12));
        }
        // 12 sequences with BOS; one of three is 8 long, the others 10; one of four has EOS, one of five an outlier.
        assertThat(study.path("rows").asInt()).isEqualTo(4 * 8 + 8 * 10 - 12 - 3 - 3);
    }

    @Test
    void examples_haveTheirTokensAndValues_largestFirst() {
        ObjectNode study = study(TestRuns.identity(), request(24, null));

        for (JsonNode feature : study.path("features")) {
            int index = Integer.parseInt(feature.path("index").asText());
            List<Double> largest = new ArrayList<>();
            for (JsonNode example : feature.path("activations")) {
                double most = example.path("maxValue").asDouble();
                largest.add(most);
                assertThat(example.path("tokens")).hasSameSizeAs(example.path("values"));
                assertThat(example.path("values")
                                .path(example.path("maxValueTokenIndex").asInt())
                                .asDouble())
                        .isEqualTo(most);
                assertThat(example.path("tokens").path(0).asText()).isEqualTo("<bos>");
                // BOS is no position to look at; the first word's row is its own vector.
                assertThat(example.path("values").path(0).asDouble()).isZero();
                int first = Integer.parseInt(
                        example.path("tokens").path(1).asText().strip().substring(1));
                double own = first == FakeModel.OUTLIER || first == FakeModel.EOS
                        ? 0
                        : Math.max(
                                0, (index < FakeModel.WIDTH ? 1 : -1) * model.vector(first)[index % FakeModel.WIDTH]);
                assertThat(example.path("values").path(1).asDouble()).isCloseTo(own, within(1e-5));
            }
            assertThat(largest).isNotEmpty().hasSizeLessThanOrEqualTo(3);
            assertThat(largest).isSortedAccordingTo((one, other) -> Double.compare(other, one));
            assertThat(largest.getFirst())
                    .isEqualTo(feature.path("maxActApprox").asDouble());
        }
    }

    @Test
    void histogram_coversAllActivePositions() {
        for (JsonNode feature : study(TestRuns.identity(), request(5, null)).path("features")) {
            double sum = 0;
            for (JsonNode height : feature.path("freq_hist_data_bar_heights")) {
                sum += height.asDouble();
            }
            assertThat(sum).isCloseTo(1, within(1e-5));
            JsonNode middles = feature.path("freq_hist_data_bar_values");
            assertThat(middles).hasSize(FeatureActivity.BINS);
            double width = feature.path("maxActApprox").asDouble() / FeatureActivity.BINS;
            assertThat(middles.path(0).asDouble()).isCloseTo(width / 2, within(1e-5));
        }
    }

    @Test
    void logits_areThoseOfTheDirection_lessTheirMean() {
        ObjectNode study = study(TestRuns.identity(), request(24, null));

        for (JsonNode feature : study.path("features")) {
            int index = Integer.parseInt(feature.path("index").asText());
            int sign = index < FakeModel.WIDTH ? 1 : -1;
            try (Mat direction = Mat.zeros(1, FakeModel.WIDTH);
                    Mat logits = Mat.zeros(1, FakeModel.VOCABULARY)) {
                direction.set(0, index % FakeModel.WIDTH, sign);
                model.logits(direction, logits);
                int best = 0;
                double mean = 0;
                for (int token = 0; token < FakeModel.VOCABULARY; token++) {
                    mean += logits.get(0, token) / FakeModel.VOCABULARY;
                    best = logits.get(0, token) > logits.get(0, best) ? token : best;
                }
                assertThat(feature.at("/pos_str/0").asText()).isEqualTo(best == 0 ? "<bos>" : " w" + best);
                assertThat(feature.at("/pos_values/0").asDouble()).isCloseTo(logits.get(0, best) - mean, within(1e-4));
            }
            assertThat(feature.path("pos_str")).hasSize(10);
            assertThat(feature.at("/neg_values/0").asDouble())
                    .isNegative()
                    .isLessThanOrEqualTo(feature.at("/neg_values/9").asDouble());
        }
    }

    @Test
    void neighbours_areTheNearestDirections_withoutItself() {
        JsonNode feature = study(TestRuns.identity(), request(1, null)).at("/features/0");
        List<Integer> near = new ArrayList<>();
        feature.path("topkCosSimIndices").forEach(one -> near.add(one.asInt()));

        int index = Integer.parseInt(feature.path("index").asText());
        assertThat(near).hasSize(5).doesNotContain(index, (index + FakeModel.WIDTH) % 24);
        feature.path("topkCosSimValues")
                .forEach(cosine -> assertThat(cosine.asDouble()).isZero());
    }

    @Test
    void silentSae_hasOnlyWhatWasAttributed() {
        ObjectNode study = study(TestRuns.silent(), request(2, attribution(new Attributed(1, 1))));

        assertThat(study.path("features")).hasSize(1);
        assertThat(study.at("/features/0/activations")).isEmpty();
        assertThat(study.at("/features/0/maxActApprox").asDouble()).isZero();
        assertThat(study.at("/features/0/mean_active").isNull()).isTrue();
        assertThat(study.path("alive").asInt()).isZero();
    }

    @Test
    void saeOfAnotherWidth_isRefused() {
        FrozenSae wide = RandomSae.create(8, 2, new float[FakeModel.WIDTH + 1], 1);
        assertThatThrownBy(() -> study(wide, request(1, null)))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("width " + (FakeModel.WIDTH + 1));
    }
}
