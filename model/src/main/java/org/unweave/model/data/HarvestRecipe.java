package org.unweave.model.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.unweave.config.DataConfig.Precision;
import org.unweave.model.file.Sha256;

/**
 * Everything that decides the bytes of a store. The number of threads is not among it: a forward pass works on fixed
 * blocks of rows, so threads do not change its bits.
 *
 * @param hook {@code blocks.L.hook_resid_post}
 * @param contextTokens tokens of a sequence, BOS included
 * @param batchSequences sequences of one forward pass, which decides how a product is cut and so its rounding
 * @param seed the corpus's, which decides the order of documents and which of them are held out
 * @param tokens training tokens asked for, BOS not counted
 * @param heldOutTokens held-out tokens asked for, BOS not counted
 * @param maxNormMultiple rows above this multiple of the median norm are not kept
 */
public record HarvestRecipe(
        int formatVersion,
        String modelName,
        String modelFingerprint,
        String hook,
        int width,
        String tokenizerFingerprint,
        String corpusFingerprint,
        int contextTokens,
        int batchSequences,
        long seed,
        double heldOutShare,
        long tokens,
        long heldOutTokens,
        Precision precision,
        int shardRows,
        double maxNormMultiple) {
    private static final int KEY_CHARACTERS = 24;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .build();

    /** The name of the store's folder: equal for equal recipes. */
    public String key() {
        try {
            return Sha256.of(JSON.writeValueAsBytes(this)).substring(0, KEY_CHARACTERS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a recipe of plain values is always written", e);
        }
    }

    int rowBytes() {
        return width * ActivationRows.bytesPerValue(precision);
    }
}
