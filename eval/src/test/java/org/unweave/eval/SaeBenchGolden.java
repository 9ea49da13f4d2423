package org.unweave.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GatedForm;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/** What golden_saebench_scores.py wrote down of SAEBench. */
final class SaeBenchGolden {
    static final List<String> FORMS = List.of("relu", "topk", "jumprelu", "gated");

    private final JsonNode json;

    private SaeBenchGolden(JsonNode json) {
        this.json = json;
    }

    static SaeBenchGolden read() {
        try (InputStream in = SaeBenchGolden.class.getResourceAsStream("/golden/saebench.json")) {
            return new SaeBenchGolden(new ObjectMapper().readTree(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode get(String key) {
        return json.required(key);
    }

    int number(String key) {
        return json.required(key).intValue();
    }

    List<Integer> nValues() {
        return StreamSupport.stream(json.required("n_values").spliterator(), false)
                .map(JsonNode::intValue)
                .toList();
    }

    static float[] floats(JsonNode base64) {
        ByteBuffer bytes =
                ByteBuffer.wrap(Base64.getDecoder().decode(base64.textValue())).order(ByteOrder.LITTLE_ENDIAN);
        float[] out = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(out);
        return out;
    }

    /** The texts of a split, added to the model in their order. */
    List<String> texts(JsonNode stored, StoredModel model) {
        float[] values = floats(stored.required("rows"));
        int width = number("width");
        List<String> texts = new ArrayList<>();
        int at = 0;
        for (JsonNode length : stored.required("lengths")) {
            float[][] rows = new float[length.intValue()][width];
            for (float[] row : rows) {
                System.arraycopy(values, at, row, 0, width);
                at += width;
            }
            texts.add(model.add(rows));
        }
        return texts;
    }

    static LinearProbe probe(JsonNode stored) {
        float[] weight = floats(stored.required("weight"));
        double[] wide = new double[weight.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = weight[i];
        }
        return new LinearProbe(wide, stored.required("bias").doubleValue(), LinearProbe.Settings.ABLATION);
    }

    FrozenSae sae(String form) {
        JsonNode weights = json.required("saes").required(form);
        Mat encFD = matrix(weights.required("W_enc"));
        Mat decFD = matrix(weights.required("W_dec"));
        Mat bDec1D = row(weights.required("b_dec"));
        return switch (form) {
            case "relu" -> new ReluForm(encFD, row(weights.required("b_enc")), decFD, bDec1D);
            case "topk" -> new TopKForm(number("k"), encFD, row(weights.required("b_enc")), decFD, bDec1D);
            case "jumprelu" ->
                new JumpReluForm(
                        row(weights.required("threshold")),
                        false,
                        encFD,
                        row(weights.required("b_enc")),
                        decFD,
                        bDec1D);
            case "gated" ->
                new GatedForm(
                        encFD,
                        row(weights.required("gate_bias")),
                        row(weights.required("b_mag")),
                        row(weights.required("r_mag")),
                        decFD,
                        bDec1D);
            default -> throw new IllegalArgumentException(form);
        };
    }

    private Mat matrix(JsonNode stored) {
        return Mat.of(number("features"), number("width"), floats(stored));
    }

    private static Mat row(JsonNode stored) {
        return Mat.row(floats(stored));
    }
}
