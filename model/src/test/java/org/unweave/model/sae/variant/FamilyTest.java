package org.unweave.model.sae.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unweave.config.JobConfig.ActivationKind;
import org.unweave.config.JobConfig.AdversarialConfig.Scope;
import org.unweave.model.LabelledTexts;
import org.unweave.model.LabelledTexts.Labels;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;
import org.unweave.model.math.SimdOps;
import org.unweave.model.math.Team;
import org.unweave.model.sae.Jobs;
import org.unweave.model.sae.KnownDictionary;
import org.unweave.model.sae.LossTerms;
import org.unweave.model.sae.SaeConfig;
import org.unweave.model.sae.States;
import org.unweave.model.sae.TextLosses;
import org.unweave.model.train.TrainLoop;

/**
 * Runs of the report's family: the baseline is the reference of its activation, a known dictionary is found in spite of the
 * labelled terms, and these do what they are for: what tells of the spurious label is told less well by the codes.
 */
class FamilyTest {
    private static final int ROWS = 256;
    private static final LabelledTexts TEXTS = TextLosses.texts(
            ROWS, 4, "00", "00", "00", "00h", "01", "01", "01", "01h", "10", "10", "10", "10h", "11", "11", "11",
            "11h");

    @ParameterizedTest
    @CsvSource({"TOPK, topk", "BATCH_TOPK, batch-topk", "RELU, standard", "JUMP_RELU, jump-relu"})
    void baseline_overAnActivation_hasTheBitsOfItsReference(ActivationKind kind, String reference) {
        try (TrainLoop baseline =
                        loop(Jobs.of("baseline").similarity(0, 512, 0.95, 2).activation(kind));
                TrainLoop wanted = loop(Jobs.of(reference))) {
            for (int step = 0; step < 10; step++) {
                Mat xBD = new KnownDictionary(4).batch(64, step);
                assertThat(baseline.step(xBD, true)).isEqualTo(wanted.step(xBD, true));
            }
            States.assertSameBits(States.of(baseline), States.of(wanted));
        }
    }

    private static TrainLoop loop(Jobs jobs) {
        return new TrainLoop(jobs.sae(KnownDictionary.WIDTH, 20, 64), new SimdOps(new Team(1)));
    }

    @Test
    void selfAligned_withoutItsTerms_hasTheBitsOfMatryoshka() {
        try (TrainLoop aligned = loop(Jobs.of("self-aligned").similarity(0, 512, 0.95, 2));
                TrainLoop wanted = loop(Jobs.of("matryoshka"))) {
            for (int step = 0; step < 10; step++) {
                Mat xBD = new KnownDictionary(4).batch(64, step);
                assertThat(aligned.step(xBD, true)).isEqualTo(wanted.step(xBD, true));
            }
            States.assertSameBits(States.of(aligned), States.of(wanted));
        }
    }

    /** Behind the rows those of texts: the labels lie along a direction each. */
    private static Mat batch(KnownDictionary dictionary, long number, LabelledTexts texts) {
        Mat xBD = dictionary.batch(ROWS + 4 * texts.count(), number);
        for (int text = 0; text < texts.count(); text++) {
            Labels labels = texts.labels(text);
            for (int row = texts.row(text); row < texts.row(text) + 4; row++) {
                xBD.set(row, 0, xBD.get(row, 0) + 0.6f * labels.main());
                xBD.set(row, 1, xBD.get(row, 1) + 0.6f * labels.spurious());
            }
        }
        return xBD;
    }

    private static Jobs job(String variant) {
        return Jobs.of(variant)
                .features(36)
                .k(KnownDictionary.ACTIVE)
                .groups("2/3 1/3")
                .learningRate(variant.equals("self-aligned") ? 1e-2 : 5e-3)
                .schedule(0.05, 0, 0.8, 0.1)
                .similarity(0.03, 512, 0.95, 2);
    }

    private record Outcome(double recovery, LossTerms last) {}

    private static Outcome train(Jobs jobs, long steps) {
        KnownDictionary dictionary = new KnownDictionary(4);
        SaeConfig config = jobs.sae(KnownDictionary.WIDTH, steps, ROWS);
        try (Ops ops = new SimdOps(new Team(1));
                TrainLoop loop = new TrainLoop(config, ops)) {
            LossTerms last = null;
            while (!loop.done()) {
                LabelledTexts texts = (loop.step() + 1) % 4 == 0 ? TEXTS : LabelledTexts.NONE;
                try (Mat xBD = batch(dictionary, loop.step(), texts)) {
                    last = loop.step(xBD, texts, false);
                }
            }
            try (var frozen = loop.freeze()) {
                return new Outcome(dictionary.recovery(frozen.decFD()), Objects.requireNonNull(last));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"attribution-adversarial", "contrastive", "self-aligned"})
    void training_knownDictionaryBesideLabelledTexts_isRecovered(String variant) {
        Jobs jobs = job(variant)
                .adversarial(0.01, variant.equals("self-aligned") ? Scope.BELOW_PERCENTILE : Scope.ALL)
                .orthogonality(0.01, 256);
        Outcome outcome = train(variant.equals("contrastive") ? jobs.contrastive(0.003, 0.1) : jobs, 1200);

        assertThat(outcome.recovery()).isGreaterThan(0.9);
        assertThat(outcome.last().l0()).isCloseTo(KnownDictionary.ACTIVE, within(0.1));
    }

    @Test
    void adversarial_strong_leavesTheProbeLessToTell() {
        Outcome weak = train(job("baseline").adversarial(1e-6, Scope.ALL), 400);
        Outcome strong = train(job("baseline").adversarial(10, Scope.ALL), 400);

        assertThat(squaredCosine(strong, 10)).isLessThan(squaredCosine(weak, 1e-6) / 2);
        assertThat(curve(weak, "spurious_accuracy")).isGreaterThan(0.85);
        assertThat(curve(strong, "spurious_accuracy")).isLessThan(curve(weak, "spurious_accuracy") - 0.1);
        assertThat(curve(strong, "main_accuracy")).isGreaterThan(0.85);
    }

    private static double squaredCosine(Outcome outcome, double weight) {
        return Objects.requireNonNull(outcome.last().terms().get("adversarial"))
                / weight
                / curve(outcome, "adversarial_scale");
    }

    private static double curve(Outcome outcome, String name) {
        return Objects.requireNonNull(outcome.last().curves().get(name), name);
    }

    @Test
    void contrastive_strong_drawsTheCodesOfOneMainLabelTogether() {
        double weak = contrast(1e-6);
        double strong = contrast(0.3);

        assertThat(strong).isLessThan(0.7 * weak);
    }

    private static double contrast(double weight) {
        Outcome outcome = train(job("baseline").contrastive(weight, 0.2), 400);
        return Objects.requireNonNull(outcome.last().terms().get("contrastive")) / weight;
    }

    @Test
    void orthogonality_strong_setsTheTellingRowsApart() {
        Outcome weak = train(job("baseline").orthogonality(1e-6, 256), 400);
        Outcome strong = train(job("baseline").orthogonality(1, 256), 400);

        assertThat(Objects.requireNonNull(strong.last().terms().get("orthogonality")))
                .isLessThan(Objects.requireNonNull(weak.last().terms().get("orthogonality")) / 1e-6 / 2);
        assertThat(curve(strong, "attributed_latents")).isBetween(2.0, 10.0);
    }
}
