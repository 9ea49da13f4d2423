package org.unweave.model.format;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unweave.model.math.Mat;
import org.unweave.model.sae.FrozenSae;
import org.unweave.model.sae.GatedForm;
import org.unweave.model.sae.JumpReluForm;
import org.unweave.model.sae.ReluForm;
import org.unweave.model.sae.TopKForm;

/** The architectures that both SAELens and this program have, and the arrays of each. */
enum SaeLensArchitecture {
    STANDARD("standard", "W_enc", "b_enc", "W_dec", "b_dec"),
    TOPK("topk", "W_enc", "b_enc", "W_dec", "b_dec"),
    JUMPRELU("jumprelu", "W_enc", "b_enc", "threshold", "W_dec", "b_dec"),
    GATED("gated", "W_enc", "b_gate", "b_mag", "r_mag", "W_dec", "b_dec");

    private final String word;
    private final List<String> tensors;

    SaeLensArchitecture(String word, String... tensors) {
        this.word = word;
        this.tensors = List.of(tensors);
    }

    String word() {
        return word;
    }

    /** The names of its arrays. */
    List<String> tensors() {
        return tensors;
    }

    static Optional<SaeLensArchitecture> of(String word) {
        return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(SaeLensArchitecture::word).toList();
    }

    static SaeLensArchitecture of(FrozenSae sae) {
        return switch (sae) {
            case ReluForm relu -> STANDARD;
            case TopKForm topK -> TOPK;
            case JumpReluForm jumpRelu -> JUMPRELU;
            case GatedForm gated -> GATED;
        };
    }

    /** SAELens's shape of an array: W_enc has a column per feature, W_dec a row. */
    static List<Long> shape(String tensor, long width, long features) {
        return switch (tensor) {
            case "W_enc" -> List.of(width, features);
            case "W_dec" -> List.of(features, width);
            case "b_dec" -> List.of(width);
            default -> List.of(features);
        };
    }

    /** The matrices of a form by SAELens's names, W_enc still with one row per feature. */
    static Map<String, Mat> matrices(FrozenSae sae) {
        List<Mat> all = switch (sae) {
            case ReluForm one -> List.of(one.encFD(), one.bEnc1F(), one.decFD(), one.bDec1D());
            case TopKForm one -> List.of(one.encFD(), one.bEnc1F(), one.decFD(), one.bDec1D());
            case JumpReluForm one -> List.of(one.encFD(), one.bEnc1F(), one.threshold1F(), one.decFD(), one.bDec1D());
            case GatedForm one ->
                List.of(one.encFD(), one.bGate1F(), one.bMag1F(), one.rMag1F(), one.decFD(), one.bDec1D());
        };
        Map<String, Mat> named = new LinkedHashMap<>();
        List<String> names = of(sae).tensors();
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), all.get(i));
        }
        return named;
    }
}
