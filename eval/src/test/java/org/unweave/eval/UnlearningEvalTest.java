package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.RunConfig;
import org.unweave.model.Progress;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.ReluForm;

/** A planted latent is found and its subject is forgotten; nothing else is; answers are those of the literal way. */
class UnlearningEvalTest {
    private static final double LARGEST_NORM_MEDIAN = 100;

    @TempDir
    Path cache;

    private final SubjectModel model = new SubjectModel();

    private EvalSession session(int questions) {
        return session(TestRuns.run(cache), questions);
    }

    private EvalSession session(RunConfig run, int questions) {
        return EvalSession.open(
                run,
                model,
                TestRuns.MODEL_DEVICE,
                new SubjectModel.Inputs(questions),
                LARGEST_NORM_MEDIAN,
                Progress.NONE);
    }

    private static ObjectNode evaluate(EvalSession session, FrozenSae sae) {
        try (Device device = Device.cpu(1)) {
            return session.evaluation("unlearning", device)
                    .evaluate(TestRuns.subject("job", sae))
                    .json();
        }
    }

    private static double score(ObjectNode json) {
        return json.at("/eval_result_metrics/unlearning/unlearning_score").doubleValue();
    }

    private static double own(ObjectNode json, String key) {
        return json.at("/eval_result_metrics/unweave_forget").required(key).doubleValue();
    }

    /** Latent i reads and writes coordinate {@code of[i]}. */
    private static ReluForm reading(int... of) {
        Mat encFD = Mat.zeros(of.length, SubjectModel.WIDTH);
        for (int i = 0; i < of.length; i++) {
            encFD.set(i, of[i], 1);
        }
        return new ReluForm(encFD, Mat.zeros(1, of.length), encFD.copy(), Mat.zeros(1, SubjectModel.WIDTH));
    }

    @Test
    void evaluate_latentOfTheSubject_forgetsItAndKeepsTheRest() {
        try (EvalSession session = session(40)) {
            ObjectNode json = evaluate(session, reading(0, 1, 2, 3));

            assertThat(score(json)).isEqualTo(1);
            assertThat(own(json, "questions")).isEqualTo(40);
            assertThat(own(json, "base_accuracy")).isEqualTo(0.75);
            assertThat(own(json, "base_accuracy_without_question")).isZero();
            assertThat(own(json, "base_correct")).isEqualTo(30);
            assertThat(own(json, "retained_questions_asked")).isEqualTo(20);
            assertThat(own(json, "retain_accuracy")).isEqualTo(1);
            assertThat(own(json, "curve_area")).isEqualTo(1);
            assertThat(own(json, "score_low")).isEqualTo(1);
            JsonNode first = json.at("/eval_result_unstructured/made-up~1forget/configurations/0");
            assertThat(first.get("latents_of_first_half")).hasSize(1);
            assertThat(first.at("/latents_of_first_half/0").intValue()).isZero();
            assertThat(first.at("/latents_of_second_half/0").intValue()).isZero();
        }
    }

    @Test
    void evaluate_randomLatents_areNotTheSelected() {
        try (EvalSession session = session(40)) {
            ObjectNode json = evaluate(session, reading(0, 1, 2, 3));
            assertThat(json.at("/eval_result_unstructured/made-up~1forget/random_latents/draws"))
                    .hasSize(3);
            assertThat(own(json, "random_latents_score_95")).isLessThan(1);
        }
    }

    @Test
    void evaluate_silentSae_scoresExactlyZeroWithoutAForwardPass() {
        try (EvalSession session = session(40);
                Device device = Device.cpu(1)) {
            Evaluation unlearning = session.evaluation("unlearning", device);
            unlearning.prepare();
            int before = model.runs + model.resumes;
            Mat bias = Mat.zeros(1, 3);
            bias.fill(-1);
            Mat zeros = Mat.zeros(3, SubjectModel.WIDTH);
            ObjectNode json = unlearning
                    .evaluate(TestRuns.subject(
                            "job", new ReluForm(zeros, bias, zeros.copy(), Mat.zeros(1, SubjectModel.WIDTH))))
                    .json();
            assertThat(score(json)).isZero();
            assertThat(own(json, "score_high")).isZero();
            assertThat(own(json, "curve_area")).isZero();
            assertThat(own(json, "random_latents_score_95")).isZero();
            assertThat(model.runs + model.resumes).isEqualTo(before);
        }
    }

    @Test
    void evaluate_latentsThatFireOnEverything_selectNothing() {
        try (EvalSession session = session(40)) {
            // Fires on the subject and on what is kept.
            Mat encFD = Mat.of(1, SubjectModel.WIDTH, 1, 1, 0, 0, 0, 0);
            ObjectNode json = evaluate(
                    session, new ReluForm(encFD, Mat.zeros(1, 1), encFD.copy(), Mat.zeros(1, SubjectModel.WIDTH)));
            assertThat(score(json)).isZero();
            assertThat(own(json, "largest_selection")).isZero();
        }
    }

    @Test
    void answers_stoppedEarly_countOnlyWhatWasAsked_andScoreTheSame() {
        Subject subject = TestRuns.subject("job", reading(0, 1, 2, 3, 4, 5));
        List<EditedAnswers.Configuration> configurations = new ArrayList<>();
        for (List<Integer> latents : List.of(List.of(0), List.of(1), List.of(0, 1))) {
            Intervention one = Intervention.of(latents, latent -> -8);
            configurations.add(new EditedAnswers.Configuration(one, one));
        }
        try (EvalSession session = session(40);
                Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops())) {
            List<EditedAnswers.Item> items = session.unlearning().items("forget");
            EditedAnswers edited =
                    new EditedAnswers(session.model(), 1e9, subject, workspace, session.partialAnswers("stopped"));
            List<UnlearningScore.Counts> all = UnlearningScore.counts(
                    edited.ask("all", items, configurations, Integer.MAX_VALUE), items, configurations.size());
            EditedAnswers.Answers stopped = edited.ask("stopped", items, configurations, 0);
            List<UnlearningScore.Counts> some = UnlearningScore.counts(stopped, items, configurations.size());

            assertThat(UnlearningScore.score(some, 1)).isEqualTo(UnlearningScore.score(all, 1));
            assertThat(some.get(0)).isEqualTo(all.get(0));
            for (int c = 1; c < configurations.size(); c++) {
                int asked = 0;
                for (int i = 0; i < items.size(); i++) {
                    asked += stopped.asked(i, c) ? 1 : 0;
                }
                assertThat(asked).isLessThan(items.size());
                assertThat(some.get(c).complete()).isFalse();
                assertThat(some.get(c).forgetAsked() + some.get(c).retainAsked())
                        .isEqualTo(asked);
            }
        }
    }

    @Test
    void answers_ofAnyIntervention_equalThoseOfTheLiteralWay() {
        ReluForm identity = reading(0, 1, 2, 3, 4, 5);
        Subject subject = TestRuns.subject("job", identity);
        List<EditedAnswers.Configuration> configurations = new ArrayList<>();
        for (List<Integer> latents : List.of(List.of(0), List.of(1), List.of(2, 3), List.of(3), List.of(0, 5))) {
            for (double value : new double[] {-0.2, -1, -8}) {
                Intervention one = Intervention.of(latents, latent -> value);
                configurations.add(new EditedAnswers.Configuration(one, Intervention.NONE));
                configurations.add(new EditedAnswers.Configuration(one, one));
            }
        }
        try (EvalSession session = session(40);
                Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops())) {
            List<EditedAnswers.Item> items = session.unlearning().items("forget");
            EditedAnswers edited =
                    new EditedAnswers(session.model(), 1e9, subject, workspace, session.partialAnswers("test"));
            EditedAnswers.Answers answers = edited.ask("stage", items, configurations, Integer.MAX_VALUE);
            int wrong = 0;
            for (int i = 0; i < items.size(); i++) {
                for (int c = 0; c < configurations.size(); c++) {
                    boolean literal = literally(
                            items.get(i), configurations.get(c).of(items.get(i).half()), identity, workspace);
                    assertThat(answers.right(i, c))
                            .as("item %d, configuration %d", i, c)
                            .isEqualTo(literal);
                    wrong += literal ? 0 : 1;
                }
            }
            assertThat(wrong).isBetween(50, items.size() * configurations.size() - 50);
        }
    }

    /** Each continuation as a sequence of its own: decode what is clamped, add the error, go on from there. */
    private boolean literally(EditedAnswers.Item item, Intervention intervention, FrozenSae sae, Workspace workspace) {
        String text = QuestionText.asked(item.set().set().questions().get(item.question()));
        int[] beginning = QuestionText.withBos(model.tokenizer(), text);
        double best = Double.NEGATIVE_INFINITY;
        int choice = -1;
        for (int option = 0; option < 4; option++) {
            int[] answer = model.tokenizer()
                    .encode(item.set()
                            .set()
                            .questions()
                            .get(item.question())
                            .options()
                            .get(option));
            int[] whole = IntStream.concat(Arrays.stream(beginning), Arrays.stream(answer))
                    .toArray();
            TokenBatch batch = new TokenBatch(new int[][] {whole});
            try (Mat residual = model.runTo(batch, 0);
                    Mat clamped = clamped(residual, intervention, sae, workspace);
                    Mat end = model.resumeFrom(batch, 0, clamped);
                    Mat logits = Mat.zeros(whole.length, model.vocabulary())) {
                model.logits(end, logits);
                double sum = 0;
                for (int t = 0; t < answer.length; t++) {
                    float[] row = logits.copyRow(beginning.length - 1 + t);
                    double total = 0;
                    for (float logit : row) {
                        total += Math.exp(logit);
                    }
                    sum += row[answer[t]] - Math.log(total);
                }
                if (sum > best) {
                    best = sum;
                    choice = option;
                }
            }
        }
        return choice == item.set().answer(item.question());
    }

    private static Mat clamped(Mat residual, Intervention intervention, FrozenSae sae, Workspace workspace) {
        Codes codes = new Codes(sae.features());
        Mat before = Mat.zeros(residual.rows(), residual.cols());
        Mat after = Mat.zeros(residual.rows(), residual.cols());
        sae.encode(residual, workspace, codes);
        sae.decode(codes, workspace, before);
        for (int row = 1; row < codes.rows(); row++) {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                int at = intervention.indexOf(codes.feature()[j]);
                if (at >= 0 && codes.value()[j] > 0) {
                    codes.value()[j] = intervention.value(at);
                }
            }
        }
        sae.decode(codes, workspace, after);
        Mat out = residual.copy();
        for (int row = 0; row < out.rows(); row++) {
            for (int i = 0; i < out.cols(); i++) {
                out.set(row, i, residual.get(row, i) - before.get(row, i) + after.get(row, i));
            }
        }
        return out;
    }

    @Test
    void evaluate_afterAnInterruption_goesOnAndGivesTheSame() throws Exception {
        ObjectNode whole;
        int passes;
        try (EvalSession session = session(40)) {
            session.unlearning();
            int before = model.resumes;
            whole = evaluate(session, reading(0, 1, 2, 3));
            passes = model.resumes - before;
            assertThat(answerFiles()).isEmpty();

            model.failingResume = model.resumes + 3;
            assertThatThrownBy(() -> evaluate(session, reading(0, 1, 2, 3))).hasMessage("switched off");
            assertThat(answerFiles()).hasSize(1);
        }
        try (EvalSession session = session(40)) {
            session.unlearning();
            // Another SAE does not take them.
            ObjectNode other = evaluate(session, reading(1, 2, 3, 4));
            assertThat(other.get("eval_result_metrics")).isNotEqualTo(whole.get("eval_result_metrics"));
            assertThat(answerFiles()).hasSize(1);

            int before = model.resumes;
            ObjectNode again = evaluate(session, reading(0, 1, 2, 3));
            assertThat(model.resumes - before).isEqualTo(passes - 2);
            assertThat(again.get("eval_result_metrics")).isEqualTo(whole.get("eval_result_metrics"));
            assertThat(again.get("eval_result_unstructured")).isEqualTo(whole.get("eval_result_unstructured"));
            assertThat(answerFiles()).isEmpty();
        }
    }

    private List<Path> answerFiles() throws Exception {
        try (Stream<Path> files = Files.list(cache.resolve("unlearning"))) {
            return files.toList();
        }
    }

    @Test
    void partialAnswers_areTakenOnlyIfTheyAreWhole() throws Exception {
        PartialAnswers partial = new PartialAnswers(cache, "key");
        partial.put("a:0", List.of("01", "1-"));
        partial.put("a:16", List.of("11"));
        Path file = cache.resolve("key.answers");
        Files.writeString(file, Files.readString(file).replace("\t11\t", "\t00\t") + "a:32\t0");

        PartialAnswers again = new PartialAnswers(cache, "key");
        assertThat(again.get("a:0")).containsExactly("01", "1-");
        assertThat(again.get("a:16")).isNull();
        assertThat(again.get("a:32")).isNull();
        assertThat(new PartialAnswers(cache, "other").get("a:0")).isNull();
    }

    @Test
    void ask_withAnswersKept_asksTheModelNothing() {
        Subject subject = TestRuns.subject("job", reading(0));
        List<EditedAnswers.Configuration> configurations = List.of(new EditedAnswers.Configuration(
                Intervention.of(List.of(0), latent -> -3), Intervention.of(List.of(0), latent -> -3)));
        try (EvalSession session = session(40);
                Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops())) {
            List<EditedAnswers.Item> items = session.unlearning().items("forget");
            PartialAnswers partial = session.partialAnswers("kept");
            EditedAnswers.Answers one = new EditedAnswers(session.model(), 1e9, subject, workspace, partial)
                    .ask("stage", items, configurations, 99);
            int resumes = model.resumes;
            EditedAnswers.Answers other = new EditedAnswers(
                            session.model(), 1e9, subject, workspace, session.partialAnswers("kept"))
                    .ask("stage", items, configurations, 99);
            assertThat(model.resumes).isEqualTo(resumes);
            for (int i = 0; i < items.size(); i++) {
                assertThat(other.right(i, 0))
                        .isEqualTo(one.right(i, 0))
                        .isEqualTo(items.get(i).retained());
            }
        }
    }

    @Test
    void ask_afterTheGateIsLost_asksNoMore() {
        Subject subject = TestRuns.subject("job", reading(0, 1));
        Intervention harm = Intervention.of(List.of(1), latent -> -3);
        Intervention none = Intervention.of(List.of(0), latent -> -3);
        try (EvalSession session = session(60);
                Device device = Device.cpu(1);
                Workspace workspace = new Workspace(device.ops())) {
            List<EditedAnswers.Item> items = session.unlearning().items("forget");
            EditedAnswers.Answers answers = new EditedAnswers(
                            session.model(), 1e9, subject, workspace, session.partialAnswers("early"))
                    .ask(
                            "stage",
                            items,
                            List.of(
                                    new EditedAnswers.Configuration(harm, harm),
                                    new EditedAnswers.Configuration(none, none)),
                            2);
            assertThat(answers.asked(0, 0)).isTrue();
            assertThat(answers.asked(items.size() - 1, 0)).isFalse();
            assertThat(answers.asked(items.size() - 1, 1)).isTrue();
            assertThat(UnlearningScore.counts(answers, items, 2))
                    .extracting(UnlearningScore.Counts::complete)
                    .containsExactly(false, true);
        }
    }

    /** A result of a time when there were no corpora to choose stays one of the same inputs. */
    @Test
    void inputs_withoutCorpora_sayNothingOfThem() {
        try (EvalSession session = session(40);
                Device device = Device.cpu(1)) {
            assertThat(session.evaluation("unlearning", device).inputs().lines())
                    .containsExactly(
                            "1",
                            "subject-weights",
                            "words",
                            "0",
                            "1000.0",
                            "7",
                            "UnlearningConfig[forget=[forget], retain=[forget, keep], asking=LIKELIHOOD, questionIds=,"
                                    + " retainQuestions=20, retainTokens=100, contextTokens=10,"
                                    + " retainThresholds=[0.01, 0.1], nFeatures=[1, 2], multipliers=[1.0, 4.0],"
                                    + " relativeMultipliers=[1.0], gate=0.9, stopEarly=false, randomDraws=3,"
                                    + " bootstrapSamples=50]",
                            "30fdff33a898dd071ff10c7b62346a2c173d2d3addd05275e2de3677bc77568f",
                            "b38eb7ec2c26bf5528f714fcad29535251fd350bb2c2c3b00eab8fb566888073",
                            "3980a4b8bd7ba4c977a74c980926a9d944a64182c194157ec578ce128cf08174");
        }
    }

    @Test
    void report_hasTheKeysOfTheSchema() {
        try (EvalSession session = session(40)) {
            ObjectNode json = evaluate(session, reading(0, 1, 2, 3));
            assertThat(keys(json.get("eval_config")))
                    .contains(
                            "random_seed",
                            "dataset_names",
                            "intervention_method",
                            "retain_thresholds",
                            "n_features_list",
                            "multipliers",
                            "dataset_size",
                            "seq_len",
                            "n_batch_loss_added",
                            "target_metric",
                            "save_metrics",
                            "model_name",
                            "llm_batch_size",
                            "llm_dtype");
            assertThat(json.at("/eval_config/llm_batch_size").isInt()).isTrue();
            assertThat(json.at("/eval_config/dataset_names/0").textValue()).isEqualTo("made-up/forget");
            assertThat(json.at("/eval_result_details")).isEmpty();
            json.get("eval_result_metrics")
                    .forEach(group ->
                            group.forEach(value -> assertThat(value.isNumber()).isTrue()));
            assertThat(json.get("eval_type_id").textValue()).isEqualTo("unlearning");
        }
    }

    private static Set<String> keys(JsonNode node) {
        Set<String> keys = new HashSet<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    @Test
    void evaluate_whatCannotBe_isNamed() {
        try (EvalSession session = session(40)) {
            assertThatThrownBy(() -> evaluate(session, TestRuns.identity()))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("takes activations of width 12, but subjects has 6");
            ReluForm broken = reading(0, 1);
            broken.encFD().set(1, 1, Float.NaN);
            assertThatThrownBy(() -> evaluate(session, broken))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("a weight of test_job_10 is NaN");
        }
    }

    @Test
    void access_toAHookThatTheModelLacks_isRefused() {
        assertThatThrownBy(() -> new ModelAccess(model, TestRuns.MODEL_DEVICE, "blocks.7.hook_resid_post", 7))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("blocks.7.hook_resid_post is behind block 7, but subjects has 2 blocks");
    }

    @Test
    void prepare_ofQuestionsThatNobodyAnswers_isNamed() {
        try (EvalSession session = session(1);
                Device device = Device.cpu(1)) {
            assertThatThrownBy(() -> session.evaluation("unlearning", device).prepare())
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("too few to be halved");
        }
        // The model knows nothing of what is asked here.
        try (EvalSession session = EvalSession.open(
                TestRuns.run(cache),
                model,
                TestRuns.MODEL_DEVICE,
                new FakeInputs(),
                LARGEST_NORM_MEDIAN,
                Progress.NONE)) {
            assertThatThrownBy(() -> evaluate(session, reading(0)))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("answers none of the questions");
        }
    }
}
