package org.unweave.eval;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.config.UnlearningConfig;
import org.unweave.model.file.Sha256;
import org.unweave.model.math.Device;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Workspace;

/**
 * How much of a subject can be taken away by a few latents: SAEBench's {@code unlearning}. Latents that fire on the
 * subject and hardly elsewhere are clamped to a negative value where they fire, and the model is asked the questions that
 * it answered before.
 *
 * <p>Deviations: the questions are the bundle's, and are by default asked by likelihood (see {@link LikelihoodAsking});
 * latents are chosen on one half of the questions and scored on the other, then the halves change places, and a
 * configuration's answers are pooled over both; rows far above the usual norm are neither counted nor changed; firing
 * rates are not rounded; retained questions are drawn from those that the model answers, up to a number. Beside the
 * score stand, under names of our own, a curve over all configurations, a control by random latents that fire as often on
 * the subject, clamped as the configuration of the score is, and an interval by resampling the questions.
 */
final class UnlearningEval implements Evaluation {
    static final String NAME = "unlearning";

    private static final String VERSION = "1";
    private static final Logger LOG = LoggerFactory.getLogger(UnlearningEval.class);

    private final EvalSession session;
    private final Device device;
    private final UnlearningConfig config;

    UnlearningEval(EvalSession session, Device device) {
        this.session = session;
        this.device = device;
        this.config = session.config().unlearning();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String inputs() {
        UnlearningTexts texts = session.unlearning();
        List<String> all = new ArrayList<>();
        all.add(VERSION);
        all.add(session.model().fingerprint());
        all.add(Double.toString(session.largestNorm()));
        all.add(Long.toString(session.config().seed()));
        all.add(config.toString());
        texts.names().forEach(name -> all.add(texts.asked(name).key()));
        all.add(texts.heldOut().key());
        return String.join("\n", all);
    }

    @Override
    public void prepare() {
        session.unlearning();
    }

    /** A threshold, a number of latents, and what they are clamped to. */
    record Setting(double retainThreshold, int features, double multiplier, boolean relative) {}

    /**
     * What came of one subject.
     *
     * @param resampled the scores of resamples, rising
     * @param control the configuration that random latents are clamped as
     */
    record Outcome(
            String forget,
            List<EditedAnswers.Item> items,
            List<List<Integer>> selectedFirst,
            List<List<Integer>> selectedSecond,
            List<UnlearningScore.Counts> counts,
            List<Double> resampled,
            int control,
            List<UnlearningScore.Counts> random) {}

    @Override
    public EvalReport evaluate(Subject subject) {
        session.requireFits(subject);
        UnlearningTexts texts = session.unlearning();
        PartialAnswers partial = session.partialAnswers(Sha256.of(inputs() + "\n" + subject.fingerprint()));
        List<Setting> settings = settings();
        List<Outcome> outcomes = new ArrayList<>();
        try (Workspace workspace = new Workspace(device.ops())) {
            Rates rates = new Rates(texts, subject, workspace);
            EditedAnswers edited =
                    new EditedAnswers(session.model(), session.largestNorm(), subject, workspace, partial);
            for (String forget : config.forget()) {
                outcomes.add(outcome(forget, texts, settings, rates, edited));
            }
            LOG.debug("unlearning of {}: {}", subject.id(), edited.work());
        }
        EvalReport report = new UnlearningReport(session, subject, texts, settings, outcomes).build();
        partial.delete();
        return report;
    }

    /** Those of the score first. */
    private List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        addSettings(config.multipliers(), false, settings);
        addSettings(config.relativeMultipliers(), true, settings);
        return settings;
    }

    private void addSettings(List<Double> multipliers, boolean relative, List<Setting> settings) {
        for (double threshold : config.retainThresholds()) {
            for (int features : config.nFeatures()) {
                for (double multiplier : multipliers) {
                    settings.add(new Setting(threshold, features, multiplier, relative));
                }
            }
        }
    }

    /** The firing of an SAE's latents on each half of each set, and on the held-out text. */
    private static final class Rates {
        private final UnlearningTexts texts;
        private final Map<String, FiringCounts[]> statements = new HashMap<>();
        private final FiringCounts heldOut;

        Rates(UnlearningTexts texts, Subject subject, Workspace workspace) {
            this.texts = texts;
            for (String name : texts.names()) {
                statements.put(
                        name,
                        FiringCounts.of(
                                texts.statements(name),
                                question -> texts.inFirstHalf(name, question),
                                subject,
                                workspace));
            }
            this.heldOut = FiringCounts.of(texts.heldOut(), row -> true, subject, workspace)[0];
        }

        LatentSelection selection(String forget, int half) {
            FiringCounts retain = new FiringCounts(heldOut.features());
            retain.add(heldOut);
            for (String name : texts.retained(forget)) {
                retain.add(of(name, half));
            }
            return new LatentSelection(of(forget, half), retain);
        }

        private FiringCounts of(String name, int half) {
            FiringCounts[] found = statements.get(name);
            if (found == null) {
                throw new IllegalStateException("no rates of " + name);
            }
            return found[half];
        }
    }

    private Outcome outcome(
            String forget, UnlearningTexts texts, List<Setting> settings, Rates rates, EditedAnswers edited) {
        List<EditedAnswers.Item> items = texts.items(forget);
        int retained = (int) items.stream().filter(EditedAnswers.Item::retained).count();
        int mostWrong = config.stopEarly() ? UnlearningScore.mostWrong(retained, config.gate()) : Integer.MAX_VALUE;
        LatentSelection first = rates.selection(forget, 0);
        LatentSelection second = rates.selection(forget, 1);
        List<List<Integer>> selectedFirst = new ArrayList<>();
        List<List<Integer>> selectedSecond = new ArrayList<>();
        List<EditedAnswers.Configuration> configurations = new ArrayList<>();
        for (Setting setting : settings) {
            selectedFirst.add(first.select(setting.retainThreshold(), setting.features()));
            selectedSecond.add(second.select(setting.retainThreshold(), setting.features()));
            configurations.add(
                    configuration(setting, first, selectedFirst.getLast(), second, selectedSecond.getLast()));
        }
        EditedAnswers.Answers answers = edited.ask(forget, items, configurations, mostWrong);
        List<UnlearningScore.Counts> counts = UnlearningScore.counts(answers, items, settings.size());
        int scored = settings.size() - relativeSettings();
        Draws resampling = new Draws(session.config().seed(), "resampled questions", forget);
        List<Double> resampled =
                UnlearningScore.bootstrap(answers, items, scored, config.gate(), config.bootstrapSamples(), resampling);
        int control = Math.max(0, UnlearningScore.best(counts.subList(0, scored), config.gate()));
        List<EditedAnswers.Configuration> random = new ArrayList<>();
        for (int draw = 0; draw < config.randomDraws(); draw++) {
            Draws draws = new Draws(session.config().seed(), "random latents", forget, draw);
            random.add(configuration(
                    settings.get(control),
                    first,
                    first.matched(selectedFirst.get(control), draws),
                    second,
                    second.matched(selectedSecond.get(control), draws)));
        }
        EditedAnswers.Answers randomAnswers =
                edited.ask(forget + " (random " + control + ")", items, random, mostWrong);
        return new Outcome(
                forget,
                items,
                selectedFirst,
                selectedSecond,
                counts,
                resampled,
                control,
                UnlearningScore.counts(randomAnswers, items, random.size()));
    }

    private int relativeSettings() {
        return config.relativeMultipliers().size()
                * config.retainThresholds().size()
                * config.nFeatures().size();
    }

    /** The first half's questions are changed by what the second half selected, and the other way round. */
    private static EditedAnswers.Configuration configuration(
            Setting setting,
            LatentSelection first,
            List<Integer> ofFirst,
            LatentSelection second,
            List<Integer> ofSecond) {
        return new EditedAnswers.Configuration(
                intervention(setting, second, ofSecond), intervention(setting, first, ofFirst));
    }

    private static Intervention intervention(Setting setting, LatentSelection selection, List<Integer> latents) {
        return Intervention.of(
                latents, latent -> -setting.multiplier() * (setting.relative() ? selection.largest(latent) : 1));
    }
}
