package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
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
 * <p>Deviations: questions are by default the bundle's and asked by likelihood (see {@link LikelihoodAsking}); latents are
 * by default chosen on one half of them and scored on the other (see {@link HalvedQuestions}), and by SAEBench's corpora
 * on request (see {@link WholeCorpora}); a configuration's answers are pooled over both halves; rows far above the usual
 * norm are not changed; firing rates are not rounded; retained questions are drawn from those that the model answers, up
 * to a number. Beside the score stand, under names of our own, a curve over all configurations, a control by random
 * latents that fire as often on the subject, clamped as the configuration of the score is, and an interval by resampling
 * the questions.
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
        all.add(settingsText());
        texts.names().forEach(name -> all.add(texts.asked(name).key()));
        all.addAll(texts.selection().keys());
        return String.join("\n", all);
    }

    /** The configuration; of corpora it says nothing where none are read, as before there were any to choose. */
    private String settingsText() {
        String all = config.toString();
        return config.corpora().source() == UnlearningConfig.Corpora.QUESTIONS
                ? all.replace(", corpora=" + config.corpora(), "")
                : all;
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
     * @param selected of each setting, the latents that were chosen at each place
     * @param resampled the scores of resamples, rising
     * @param control the configuration that random latents are clamped as
     */
    record Outcome(
            String forget,
            List<EditedAnswers.Item> items,
            List<List<List<Integer>>> selected,
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
            SelectionTexts.Rates rates = texts.selection().rates(subject, workspace);
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

    private Outcome outcome(
            String forget,
            UnlearningTexts texts,
            List<Setting> settings,
            SelectionTexts.Rates rates,
            EditedAnswers edited) {
        List<EditedAnswers.Item> items = texts.items(forget);
        int retained = (int) items.stream().filter(EditedAnswers.Item::retained).count();
        int mostWrong = config.stopEarly() ? UnlearningScore.mostWrong(retained, config.gate()) : Integer.MAX_VALUE;
        List<LatentSelection> selections = rates.selections(forget, texts.retained(forget));
        List<List<List<Integer>>> selected = new ArrayList<>();
        List<EditedAnswers.Configuration> configurations = new ArrayList<>();
        for (Setting setting : settings) {
            List<List<Integer>> latents = selections.stream()
                    .map(selection -> selection.select(setting.retainThreshold(), setting.features()))
                    .toList();
            selected.add(latents);
            configurations.add(configuration(setting, selections, latents));
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
            List<List<Integer>> matched = new ArrayList<>();
            for (int i = 0; i < selections.size(); i++) {
                matched.add(selections.get(i).matched(selected.get(control).get(i), draws));
            }
            random.add(configuration(settings.get(control), selections, matched));
        }
        EditedAnswers.Answers randomAnswers =
                edited.ask(forget + " (random " + control + ")", items, random, mostWrong);
        return new Outcome(
                forget,
                items,
                selected,
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

    /**
     * The first half's questions are changed by what the second half selected, and the other way round; all of them by
     * the same where there is one selection for all.
     */
    private static EditedAnswers.Configuration configuration(
            Setting setting, List<LatentSelection> selections, List<List<Integer>> latents) {
        return new EditedAnswers.Configuration(
                intervention(setting, selections.getLast(), latents.getLast()),
                intervention(setting, selections.getFirst(), latents.getFirst()));
    }

    private static Intervention intervention(Setting setting, LatentSelection selection, List<Integer> latents) {
        return Intervention.of(
                latents, latent -> -setting.multiplier() * (setting.relative() ? selection.largest(latent) : 1));
    }
}
