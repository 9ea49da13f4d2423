package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.UnlearningConfig;
import org.unweave.config.UnlearningConfig.Asking;
import org.unweave.config.UnlearningConfig.Corpora;
import org.unweave.config.UnlearningConfig.CorporaConfig;
import org.unweave.eval.saebench.SaeBenchInputs;
import org.unweave.model.Progress;
import org.unweave.model.data.DataFolder;
import org.unweave.model.data.Question;
import org.unweave.model.lm.LanguageModel;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.ReluForm;

/** Unlearning by SAEBench's corpora: rates and choices are those of the golden file, and one choice is for all questions. */
class SaeBenchUnlearningTest {
    private static final String ABOUT_FORGET = "w10";
    private static final int FORGET_DOCUMENTS = 12;

    @TempDir
    Path folder;

    private final SubjectModel subject = new SubjectModel();

    /** A token's residual stream is its row of a table, whatever stands before it. */
    private record TableModel(Tokenizer tokenizer, JsonNode table) implements LanguageModel {
        @Override
        public String name() {
            return "table";
        }

        @Override
        public String fingerprint() {
            return "table";
        }

        @Override
        public int blocks() {
            return 1;
        }

        @Override
        public int width() {
            return table.get(0).size();
        }

        @Override
        public int vocabulary() {
            return table.size();
        }

        @Override
        public int context() {
            return 40;
        }

        @Override
        public Mat runTo(TokenBatch batch, int block) {
            Mat out = Mat.zeros(batch.rows(), width());
            for (int n = 0; n < batch.sequences(); n++) {
                for (int t = 0; t < batch.length(n); t++) {
                    out.setRow(batch.row(n, t), row(table.get(batch.token(n, t))));
                }
            }
            return out;
        }

        @Override
        public Mat resumeFrom(TokenBatch batch, int block, Mat residual) {
            throw new UnsupportedOperationException("there is no other block");
        }

        @Override
        public void logits(Mat finalResidualRD, Mat outRV) {
            throw new UnsupportedOperationException("there is no unembedding");
        }

        @Override
        public void close() {}
    }

    private static float[] row(JsonNode numbers) {
        float[] row = new float[numbers.size()];
        for (int i = 0; i < row.length; i++) {
            row[i] = numbers.get(i).floatValue();
        }
        return row;
    }

    private static Mat matrix(JsonNode rows) {
        Mat out = Mat.zeros(rows.size(), rows.get(0).size());
        for (int i = 0; i < rows.size(); i++) {
            out.setRow(i, row(rows.get(i)));
        }
        return out;
    }

    @Test
    void rates_onTheCorporaOfTheGoldenFile_chooseItsLatents() throws Exception {
        Path drawn = Path.of(SaeBenchUnlearningTest.class
                .getResource("/golden/unlearning/drawn.json")
                .toURI());
        JsonNode golden = new ObjectMapper().readTree(drawn.toFile());
        EvalInputs inputs = inputs(drawn.resolveSibling("hub"));
        Mat encFD = matrix(golden.required("W_enc"));
        Mat bias = Mat.zeros(1, encFD.rows());
        bias.setRow(0, row(golden.required("b_enc")));
        Subject sae = TestRuns.subject("job", new ReluForm(encFD, bias, encFD.copy(), Mat.zeros(1, encFD.cols())));
        int chosen = 0;
        for (JsonNode one : golden.required("cases")) {
            PairTokenizer tokenizer = new PairTokenizer(
                    one.required("bos").intValue(),
                    one.required("eos").intValue(),
                    one.required("pad").intValue());
            CorporaConfig config = new CorporaConfig(
                    Corpora.SAEBENCH,
                    one.required("sequences").intValue(),
                    one.required("context_tokens").intValue());
            TableModel model = new TableModel(tokenizer, golden.required("residual"));
            try (ModelAccess access = new ModelAccess(model, TestRuns.MODEL_DEVICE, "blocks.0.hook_resid_post", 0);
                    ActivationCache cache = new ActivationCache(folder);
                    Device device = Device.cpu(1);
                    Workspace workspace = new Workspace(device.ops())) {
                WholeCorpora corpora = new WholeCorpora(
                        config, one.required("seed").longValue(), inputs, access, cache, Progress.NONE);
                List<LatentSelection> selections =
                        corpora.rates(sae, workspace).selections("wmdp-bio", List.of("human_aging"));
                assertThat(selections).hasSize(1);
                LatentSelection selection = selections.getFirst();
                for (int feature = 0; feature < encFD.rows(); feature++) {
                    assertThat(selection.forgetRate(feature))
                            .isCloseTo(one.required("forget_rates").get(feature).doubleValue(), within(1e-7));
                    assertThat(selection.retainRate(feature))
                            .isCloseTo(one.required("retain_rates").get(feature).doubleValue(), within(1e-7));
                }
                for (JsonNode choice : one.required("chosen")) {
                    List<Integer> latents = new ArrayList<>();
                    choice.required("latents").forEach(latent -> latents.add(latent.intValue()));
                    assertThat(selection.select(
                                    choice.required("threshold").doubleValue(),
                                    choice.required("most").intValue()))
                            .as("%s of seed %s", choice, one.get("seed"))
                            .isEqualTo(latents);
                    chosen += latents.size();
                }
            }
        }
        assertThat(chosen).isGreaterThan(50);
    }

    private static EvalInputs inputs(Path hub) {
        return new SaeBenchInputs(Optional.of(new DataFolder(hub)), new FakeInputs());
    }

    private Path hub() {
        return folder.resolve("hub");
    }

    private void write(String place, List<ObjectNode> rows) throws IOException {
        Path file = hub().resolve(place);
        Files.createDirectories(file.getParent());
        Files.write(file, rows.stream().map(ObjectNode::toString).toList());
    }

    /** The made-up questions of {@link SubjectModel} as WMDP's and MMLU's, and documents of its words. */
    private void writeHub() throws IOException {
        SubjectModel.Inputs madeUp = new SubjectModel.Inputs(40);
        write(
                "cais/wmdp/wmdp-bio/test.jsonl",
                questions(madeUp.questions("forget", 0).questions()));
        write(
                "cais/mmlu/human_aging/test.jsonl",
                questions(madeUp.questions("keep", 0).questions()));
        write("cais/wmdp-corpora/bio-forget-corpus.jsonl", documents(ABOUT_FORGET));
        write("Salesforce/wikitext/wikitext-2-raw-v1/test.jsonl", documents("w22"));
    }

    private static List<ObjectNode> questions(List<Question> questions) {
        List<ObjectNode> rows = new ArrayList<>();
        for (Question question : questions) {
            ObjectNode row = new ObjectMapper().createObjectNode();
            row.put("question", question.text()).put("answer", question.answer());
            question.options().forEach(row.putArray("choices")::add);
            rows.add(row);
        }
        return rows;
    }

    private static List<ObjectNode> documents(String about) {
        List<ObjectNode> rows = new ArrayList<>();
        for (int n = 0; n < FORGET_DOCUMENTS; n++) {
            String words = about + " w" + (23 + n % 7) + " ";
            rows.add(new ObjectMapper().createObjectNode().put("text", words.repeat(20)));
        }
        return rows;
    }

    private static UnlearningConfig unlearning(Asking asking, String questionIds, CorporaConfig corpora) {
        return new UnlearningConfig(
                List.of("wmdp-bio"),
                List.of("human_aging"),
                asking,
                questionIds,
                30,
                100,
                10,
                List.of(0.01, 0.1),
                List.of(1, 2),
                List.of(1.0, 4.0),
                List.of(1.0),
                0.9,
                false,
                3,
                50,
                corpora);
    }

    private EvalSession session(UnlearningConfig unlearning) {
        return EvalSession.open(
                TestRuns.run(folder.resolve("cache"), unlearning),
                subject,
                TestRuns.MODEL_DEVICE,
                inputs(hub()),
                100,
                Progress.NONE);
    }

    private static ReluForm coordinates() {
        Mat encFD = Mat.zeros(4, SubjectModel.WIDTH);
        for (int i = 0; i < 4; i++) {
            encFD.set(i, i, 1);
        }
        return new ReluForm(encFD, Mat.zeros(1, 4), encFD.copy(), Mat.zeros(1, SubjectModel.WIDTH));
    }

    @Test
    void evaluate_byCorpora_scoresEveryQuestionWithOneChoice() throws IOException {
        writeHub();
        UnlearningConfig config = unlearning(Asking.LIKELIHOOD, "", new CorporaConfig(Corpora.SAEBENCH, 9, 16));
        try (EvalSession session = session(config);
                Device device = Device.cpu(1)) {
            ObjectNode json = session.evaluation("unlearning", device)
                    .evaluate(TestRuns.subject("job", coordinates()))
                    .json();

            assertThat(json.at("/eval_result_metrics/unlearning/unlearning_score")
                            .doubleValue())
                    .isEqualTo(1);
            JsonNode own = json.at("/eval_result_metrics/unweave_wmdp-bio");
            assertThat(own.required("questions").intValue()).isEqualTo(40);
            assertThat(own.required("base_correct").intValue()).isEqualTo(30);
            assertThat(own.required("retained_questions_asked").intValue()).isEqualTo(30);
            assertThat(own.required("retain_accuracy").doubleValue()).isEqualTo(1);
            JsonNode first = json.at("/eval_result_unstructured/wmdp-bio/configurations/0");
            assertThat(first.required("latents_of_corpora").toString()).isEqualTo("[0]");
            assertThat(first.has("latents_of_first_half")).isFalse();
            assertThat(first.required("forget_asked").intValue()).isEqualTo(30);
            JsonNode said = json.required("eval_config");
            assertThat(said.required("dataset_names").toString()).isEqualTo("[\"wmdp-bio\",\"human_aging\"]");
            assertThat(said.required("dataset_size").intValue()).isEqualTo(9);
            assertThat(said.required("seq_len").intValue()).isEqualTo(16);
            assertThat(said.required("forget_corpus").textValue()).isEqualTo("cais/wmdp-corpora bio-forget-corpus");
            assertThat(said.required("forget_documents").intValue()).isEqualTo(9);
            assertThat(said.required("forget_sequences").intValue()).isEqualTo(9);
            assertThat(said.required("forget_rows").intValue()).isEqualTo(9 * 16);
            assertThat(said.required("retain_corpus").textValue())
                    .isEqualTo("Salesforce/wikitext/wikitext-2-raw-v1 test");
            assertThat(said.required("retain_documents").intValue()).isEqualTo(FORGET_DOCUMENTS);
            assertThat(said.has("halves")).isFalse();
        }
    }

    @Test
    void inputs_byCorpora_changeWithTheirTextsAndSizes() throws IOException {
        writeHub();
        String before = inputsBy(new CorporaConfig(Corpora.SAEBENCH, 9, 16));
        assertThat(inputsBy(new CorporaConfig(Corpora.SAEBENCH, 9, 16))).isEqualTo(before);
        assertThat(inputsBy(new CorporaConfig(Corpora.SAEBENCH, 8, 16))).isNotEqualTo(before);
        assertThat(inputsBy(new CorporaConfig(Corpora.SAEBENCH, 9, 12))).isNotEqualTo(before);
        write("Salesforce/wikitext/wikitext-2-raw-v1/test.jsonl", documents("w21"));
        assertThat(inputsBy(new CorporaConfig(Corpora.SAEBENCH, 9, 16))).isNotEqualTo(before);
    }

    private String inputsBy(CorporaConfig corpora) {
        try (EvalSession session = session(unlearning(Asking.LIKELIHOOD, "", corpora));
                Device device = Device.cpu(1)) {
            return session.evaluation("unlearning", device).inputs();
        }
    }

    @Test
    void questionIds_ofSaeBenchsSets_areFoundByItsNames() throws IOException {
        writeHub();
        Path lists = Files.createDirectories(folder.resolve("question_ids/all"));
        Files.writeString(lists.resolve("wmdp-bio_correct.csv"), "3\n7\n39\n");
        UnlearningConfig config =
                unlearning(Asking.LETTER, lists.toString(), new CorporaConfig(Corpora.SAEBENCH, 9, 16));
        try (EvalSession session = session(config)) {
            assertThatThrownBy(session::unlearning)
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("mmlu-human-aging_correct.csv");
            Files.writeString(lists.resolve("mmlu-human-aging_correct.csv"), "0,2");

            List<EditedAnswers.Item> items = session.unlearning().items("wmdp-bio");

            assertThat(items.stream().filter(item -> !item.retained()).map(EditedAnswers.Item::question))
                    .containsExactly(3, 7, 39);
            assertThat(items.stream().filter(EditedAnswers.Item::retained).map(EditedAnswers.Item::question))
                    .containsExactlyInAnyOrder(0, 2);
        }
    }

    @Test
    void corpora_longerThanTheModelsContext_areRefusedBeforeTheyAreRead() {
        TableModel model = new TableModel(
                new PairTokenizer(1, 2, 3),
                new ObjectMapper()
                        .createArrayNode()
                        .add(new ObjectMapper().createArrayNode().add(1)));
        try (ModelAccess access = new ModelAccess(model, TestRuns.MODEL_DEVICE, "blocks.0.hook_resid_post", 0);
                ActivationCache cache = new ActivationCache(folder)) {
            assertThatThrownBy(() -> new WholeCorpora(
                            new CorporaConfig(Corpora.SAEBENCH, 9, 41),
                            42,
                            new FakeInputs(),
                            access,
                            cache,
                            Progress.NONE))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("eval.unlearning.corpora.context-tokens is 41")
                    .hasMessageContaining("at most 40 tokens");
            assertThatThrownBy(() -> new WholeCorpora(
                            new CorporaConfig(Corpora.SAEBENCH, 9, 40),
                            42,
                            new FakeInputs(),
                            access,
                            cache,
                            Progress.NONE))
                    .isInstanceOf(EvaluationException.class)
                    .hasMessageContaining("no corpora for unlearning")
                    .hasMessageContaining("eval.unlearning.corpora.source");
        }
    }
}
