package org.unweave.model.sae.part;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.unweave.model.sae.TextLosses.texts;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.unweave.config.JobConfig.AttributionConfig;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.model.LabelledTexts;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.exchange.AttributionSnapshot.Source;
import org.unweave.model.math.State;
import org.unweave.model.sae.States;

/**
 * The probes learn from the texts that are not held out and are measured on those that are, before each update; attribution
 * and its threshold are moving means over the batches with texts, unless an evaluator's are gone by.
 */
class AttributionMapTest {
    private static final double DECAY = 0.95;
    private static final float[] NONE = {0, 0, 0, 0};

    private static AttributionMap map() {
        return map(AttributionSource.PROBE);
    }

    private static AttributionMap map(AttributionSource source) {
        return new AttributionMap(new AttributionConfig(source, DECAY, 0.85, 0.01, 0), 4);
    }

    private static double curve(AttributionMap map, String name) {
        return map.curves().getOrDefault(name, Double.NaN);
    }

    private static double[] doubles(AttributionMap map, String name, int length) {
        State state = new State();
        map.save(state);
        return state.doubles(name, length);
    }

    @Test
    void observe_firstTexts_attributesByTheWeightsAndTheMeanCodes() {
        AttributionMap map = map();

        // The first tells 1, the second 0; the third is the same in both, the fourth never fires. After one step of
        // Adam
        // the weights of the first two are of one size.
        map.observe(TextForwards.of(
                texts(1, 1, "00", "01"), new float[] {9, 9, 9, 9}, new float[] {0, 4, 1, 0}, new float[] {2, 0, 1, 0}));

        assertThat(map.attribution()).containsExactly(new double[] {1 / 3.0, 2 / 3.0, 0, 0}, within(1e-6));
        // Of the two that are above 0, as numpy interpolates.
        assertThat(map.threshold()).isCloseTo(1 / 3.0 + 0.85 / 3, within(1e-6));
        assertThat(map.above()).containsExactly(1);
        assertThat(curve(map, "attributed_latents")).isOne();
    }

    @Test
    void observe_textsOfSeveralRows_takesTheirMean() {
        AttributionMap one = map();
        AttributionMap two = map();

        one.observe(TextForwards.of(texts(0, 1, "00", "01"), new float[] {0, 4, 1, 0}, new float[] {2, 0, 1, 0}));
        two.observe(TextForwards.of(
                texts(0, 2, "00", "01"),
                new float[] {0, 8, 0, 0},
                new float[] {0, 0, 2, 0},
                new float[] {1, 0, 2, 0},
                new float[] {3, 0, 0, 0}));

        States.assertSameBits(States.of(two), States.of(one));
    }

    @Test
    void observe_secondTexts_movesTheMeans() {
        AttributionMap map = map();
        map.observe(TextForwards.of(texts(0, 1, "00", "01"), new float[] {0, 4, 1, 0}, new float[] {2, 0, 1, 0}));
        double[] before = map.attribution();
        double bar = map.threshold();

        map.observe(TextForwards.of(texts(0, 1, "00", "01"), new float[] {0, 1, 0, 3}, new float[] {3, 0, 0, 0}));

        double[] weights = doubles(map, "probe.spurious.weights", 5);
        double[] now = {Math.abs(weights[0]) * 1.5, Math.abs(weights[1]) * 0.5, 0, Math.abs(weights[3]) * 1.5};
        double sum = now[0] + now[1] + now[3];
        double correction = 1 - DECAY * DECAY;
        for (int f = 0; f < 4; f++) {
            now[f] = (DECAY * 0.05 * before[f] + 0.05 * now[f] / sum) / correction;
        }
        assertThat(map.attribution()).containsExactly(now, within(1e-9));
        assertThat(now[3]).isPositive();
        // Of three, 0.85 lies at 1.7 of the way between the first and the last.
        double[] rising = {now[0], now[1], now[3]};
        Arrays.sort(rising);
        double quantile = rising[1] + 0.7 * (rising[2] - rising[1]);
        assertThat(map.threshold()).isCloseTo((DECAY * 0.05 * bar + 0.05 * quantile) / correction, within(1e-9));
    }

    @Test
    void accuracy_isThatBeforeTheUpdateAndNoneBeforeTheFirst() {
        AttributionMap map = map();
        float[] third = {0, 0, 1, 0};
        map.observe(TextForwards.of(
                texts(0, 1, "00", "01", "00h", "01h"), NONE, new float[] {1, 0, 0, 0}, NONE, new float[] {1, 0, 0, 0}));

        assertThat(map.spuriousAccuracy()).isZero();
        assertThat(doubles(map, "probe.spurious.weights", 5)[0]).isPositive();

        // What only these texts show was not known when they came: a text of each label is told right by saying 0.
        map.observe(TextForwards.of(texts(0, 1, "00", "01", "00h", "01h"), NONE, third, NONE, third));
        assertThat(map.spuriousAccuracy()).isEqualTo(0.5);

        map.observe(TextForwards.of(texts(0, 1, "00", "01", "00h", "01h"), NONE, third, NONE, third));
        assertThat(map.spuriousAccuracy()).isCloseTo((DECAY * 0.5 + 1) / (DECAY + 1), within(1e-9));
        assertThat(curve(map, "spurious_accuracy")).isEqualTo(map.spuriousAccuracy());
    }

    @Test
    void observe_heldOutTexts_areNotLearnedFrom() {
        AttributionMap one = map();
        AttributionMap other = map();
        LabelledTexts texts = texts(0, 1, "00", "11", "01h", "10h");
        float[][] learned = {{0, 4, 1, 0}, {2, 0, 1, 0}};

        for (int batch = 0; batch < 3; batch++) {
            one.observe(
                    TextForwards.of(texts, learned[0], learned[1], new float[] {0, 0, 5, 5}, new float[] {1, 0, 0, 9}));
            other.observe(
                    TextForwards.of(texts, learned[0], learned[1], new float[] {7, 1, 0, 0}, new float[] {0, 3, 3, 0}));
        }

        assertThat(States.differences(States.of(one), States.of(other)))
                .isNotEmpty()
                .allMatch(name -> name.contains("accuracy") || name.contains("attribution"));
    }

    @Test
    void observe_labels_eachProbeLearnsItsOwn() {
        AttributionMap map = map();

        // The first latent tells the main label, the second the spurious one.
        for (int batch = 0; batch < 5; batch++) {
            map.observe(TextForwards.of(
                    texts(0, 1, "00", "01", "10", "11"),
                    NONE,
                    new float[] {0, 1, 0, 0},
                    new float[] {1, 0, 0, 0},
                    new float[] {1, 1, 0, 0}));
        }

        double[] main = doubles(map, "probe.main.weights", 5);
        double[] spurious = doubles(map, "probe.spurious.weights", 5);
        assertThat(main[0]).isGreaterThan(4 * Math.abs(main[1]));
        assertThat(spurious[1]).isGreaterThan(4 * Math.abs(spurious[0]));
        assertThat(map.attribution()[1]).isGreaterThan(0.6);
    }

    @Test
    void observe_noTexts_leavesEverythingAsItIs() {
        AttributionMap map = map();
        LabelledTexts texts = texts(0, 1, "00", "01", "01h");
        float[][] codes = {{0, 4, 1, 0}, {2, 0, 1, 0}, {1, 1, 0, 0}};
        map.observe(TextForwards.of(texts, codes));
        map.observe(TextForwards.of(texts, codes));
        State before = States.of(map);

        map.observe(TextForwards.of(LabelledTexts.NONE, codes));

        States.assertSameBits(States.of(map), before);
        assertThat(map.above()).isNotEmpty();
    }

    @Test
    void observe_silentTexts_leaveTheAttribution() {
        AttributionMap map = map();

        map.observe(TextForwards.of(texts(1, 1, "00", "01"), new float[] {1, 1, 1, 1}, NONE, NONE));

        assertThat(map.attribution()).containsOnly(0);
        assertThat(map.above()).isEmpty();
        assertThat(map.threshold()).isZero();
        assertThat(doubles(map, "probe.spurious.weights", 5)).containsExactly(new double[5], within(1e-9));
    }

    @Test
    void load_savedState_goesOnWithTheSameBits() {
        AttributionMap map = map();
        LabelledTexts texts = texts(0, 1, "00", "01", "01h");
        float[][] codes = {{0, 4, 1, 0}, {2, 0, 1, 0}, {1, 1, 0, 0}};
        map.observe(TextForwards.of(texts, codes));
        map.observe(TextForwards.of(texts, codes));
        AttributionMap other = map();
        other.load(States.of(map));

        assertThat(other.curves()).isEqualTo(map.curves());
        assertThat(other.above()).containsExactly(map.above());
        map.observe(TextForwards.of(texts, codes));
        other.observe(TextForwards.of(texts, codes));

        States.assertSameBits(States.of(other), States.of(map));
    }

    /** By the probe, a third lies in the first latent and two thirds in the second. */
    private static void observe(AttributionMap map) {
        map.observe(TextForwards.of(texts(0, 1, "00", "01"), new float[] {0, 4, 1, 0}, new float[] {2, 0, 1, 0}));
    }

    private static AttributionSnapshot snapshot(double percentile, Attributed... top) {
        return new AttributionSnapshot("job", 6, Source.EVALUATOR, "spurious", 4, List.of(top), percentile, 0.75);
    }

    @ParameterizedTest
    @EnumSource(AttributionSource.class)
    void anySource_beforeItHears_goesByTheProbe(AttributionSource source) {
        AttributionMap map = map(source);
        assertThat(map.attribution()).containsOnly(0);
        assertThat(map.above()).isEmpty();

        observe(map);

        assertThat(map.attribution()).containsExactly(new double[] {1 / 3.0, 2 / 3.0, 0, 0}, within(1e-6));
        assertThat(map.threshold()).isCloseTo(1 / 3.0 + 0.85 / 3, within(1e-6));
        assertThat(map.above()).containsExactly(1);
    }

    @Test
    void probe_hearsNothing() {
        AttributionMap map = map();
        observe(map);
        State before = States.of(map);

        map.hear(snapshot(0.25, new Attributed(2, 0.3)));

        States.assertSameBits(States.of(map), before);
        assertThat(map.above()).containsExactly(1);
    }

    @Test
    void evaluator_isGoneByAlone_withThePercentileThatItTells() {
        AttributionMap map = map(AttributionSource.EVALUATOR);
        observe(map);

        map.hear(snapshot(0.25, new Attributed(2, 0.3), new Attributed(0, 0.2)));

        assertThat(map.attribution()).as("what it does not tell counts as 0").containsExactly(0.2, 0, 0.3, 0);
        assertThat(map.threshold()).isEqualTo(0.25);
        assertThat(map.above()).containsExactly(2);
        observe(map);
        assertThat(map.attribution()).as("whatever the probe learns").containsExactly(0.2, 0, 0.3, 0);
        assertThat(map.threshold()).isEqualTo(0.25);

        map.hear(snapshot(0.125, new Attributed(3, 0.5)));
        assertThat(map.attribution()).as("nothing of the one before is left").containsExactly(0, 0, 0, 0.5);
        assertThat(map.above()).containsExactly(3);
    }

    @Test
    void evaluatorThatFoundNothing_leavesNoneAbove() {
        AttributionMap map = map(AttributionSource.EVALUATOR);
        observe(map);

        map.hear(snapshot(0));

        assertThat(map.attribution()).containsOnly(0);
        assertThat(map.above()).isEmpty();
    }

    @Test
    void both_isTheMeanOfTheTwo_eachSummingToOne_andItsPercentileMoves() {
        AttributionMap map = map(AttributionSource.BOTH);
        map.hear(snapshot(0.25, new Attributed(2, 0.3), new Attributed(0, 0.2)));

        observe(map);

        // Half of (1/3, 2/3, 0, 0) and half of (0.4, 0, 0.6, 0).
        assertThat(map.attribution()).containsExactly(new double[] {0.3666667, 0.3333333, 0.3, 0}, within(1e-6));
        // Of 0.3, 0.3333333 and 0.3666667 at 1.7 of the way; not the percentile that was told.
        assertThat(map.threshold()).isCloseTo(0.3566667, within(1e-6));
        assertThat(map.above()).containsExactly(0);

        map.hear(snapshot(0));
        assertThat(map.attribution())
                .as("nothing was found: the probe's half is left")
                .containsExactly(new double[] {1 / 6.0, 1 / 3.0, 0, 0}, within(1e-6));
    }

    @Test
    void told_isWhatTheProbeSays_whateverItHasHeard() {
        AttributionMap map = map(AttributionSource.EVALUATOR);
        assertThat(map.tell("job", 3)).isEmpty();
        map.hear(snapshot(0.25, new Attributed(2, 0.3)));
        observe(map);

        assertThat(map.tell("job", 4).orElseThrow()).isInstanceOfSatisfying(AttributionSnapshot.class, told -> {
            assertThat(told.job()).isEqualTo("job");
            assertThat(told.step()).isEqualTo(4);
            assertThat(told.source()).isEqualTo(Source.PROBE);
            assertThat(told.features()).isEqualTo(4);
            assertThat(told.top()).extracting(Attributed::feature).containsExactly(1, 0);
            assertThat(told.top().getFirst().attribution()).isCloseTo(2 / 3.0, within(1e-6));
            assertThat(told.percentile85()).isCloseTo(1 / 3.0 + 0.85 / 3, within(1e-6));
        });
    }

    @ParameterizedTest
    @EnumSource(AttributionSource.class)
    void load_afterItHeard_goesOnWithTheSameBits(AttributionSource source) {
        AttributionMap map = map(source);
        observe(map);
        map.hear(snapshot(0.1 + 0.2, new Attributed(2, 1 / 3.0), new Attributed(0, 1e-17)));
        AttributionMap other = map(source);
        other.hear(snapshot(0.9, new Attributed(3, 1)));

        other.load(States.of(map));

        States.assertSameBits(States.of(other), States.of(map));
        observe(map);
        observe(other);
        States.assertSameBits(States.of(other), States.of(map));
        assertThat(other.attribution()).containsExactly(map.attribution());
        assertThat(other.threshold()).isEqualTo(map.threshold());
    }

    @Test
    void load_beforeItHeard_forgetsWhatWasHeardSince() {
        AttributionMap map = map(AttributionSource.EVALUATOR);
        observe(map);
        State before = States.of(map);
        map.hear(snapshot(0.25, new Attributed(2, 0.3)));

        map.load(before);

        assertThat(map.above()).containsExactly(1);
        States.assertSameBits(States.of(map), before);
    }
}
