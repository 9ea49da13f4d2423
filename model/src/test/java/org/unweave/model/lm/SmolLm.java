package org.unweave.model.lm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Set;
import org.unweave.model.data.Bundle;
import org.unweave.model.data.Wheel;

/** The bundle's model and what golden_lm.py wrote of it. Fails, and says how to fetch the bundle, where it is not there. */
final class SmolLm {
    private SmolLm() {}

    static Bundle bundle() {
        return Bundle.open(Bundle.defaultCache(), Set.of(Wheel.MODEL, Wheel.ENGLISH));
    }

    static JsonNode golden() {
        try (InputStream in = SmolLm.class.getResourceAsStream("/golden/smollm2.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in, "golden/smollm2.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] integers(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }

    /** A sequence as the model was trained to see it: the id that begins it, then the text's. */
    static int[] withBos(Tokenizer tokenizer, int[] ids) {
        int[] all = new int[ids.length + 1];
        all[0] = tokenizer.bos();
        System.arraycopy(ids, 0, all, 1, ids.length);
        return all;
    }
}
