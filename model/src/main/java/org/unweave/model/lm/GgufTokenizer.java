package org.unweave.model.lm;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.unweave.model.file.Sha256;

/**
 * The byte-level BPE tokenizer that a GGUF file describes, run by Hugging Face's own library.
 *
 * <p>Texts are neither cut nor padded. The texts of control tokens, such as {@code <|endoftext|>}, become those tokens.
 */
public final class GgufTokenizer implements Tokenizer {
    private static final String END_OF_TEXT = "<|endoftext|>";
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String SPLITTER = "tokenizer.ggml.pre";
    private static final String BOS = "tokenizer.ggml.bos_token_id";
    private static final String EOS = "tokenizer.ggml.eos_token_id";
    private static final String PADDING = "tokenizer.ggml.padding_token_id";
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;

    private final HuggingFaceTokenizer library;
    private final String fingerprint;
    private final int bos;
    private final String eosText;
    private final int pad;
    private final BitSet special;
    private final TokenTexts texts;

    private GgufTokenizer(
            HuggingFaceTokenizer library,
            String fingerprint,
            int bos,
            String eosText,
            int pad,
            BitSet special,
            TokenTexts texts) {
        this.library = library;
        this.fingerprint = fingerprint;
        this.bos = bos;
        this.eosText = eosText;
        this.pad = pad;
        this.special = special;
        this.texts = texts;
    }

    /** The tokenizer of an open file, which may be closed afterwards. */
    public static GgufTokenizer of(GgufFile file) {
        String kind = file.text("tokenizer.ggml.model");
        if (!kind.equals("gpt2")) {
            throw new ModelFileException(
                    file.path(), "a tokenizer of the kind " + kind + ", which cannot be run", "use one of: gpt2");
        }
        List<String> tokens = file.texts(TOKENS);
        List<Long> types = file.integers(TYPES);
        if (tokens.size() != types.size() || tokens.isEmpty()) {
            throw new ModelFileException(
                    file.path(), tokens.size() + " tokens with " + types.size() + " types", GgufCursor.REMEDY);
        }
        byte[] description = describe(file, tokens, types);
        int eos = id(file, tokens, EOS, tokens.indexOf(END_OF_TEXT));
        return new GgufTokenizer(
                load(file, description),
                Sha256.of(description),
                bos(file, tokens),
                eos < 0 ? END_OF_TEXT : tokens.get(eos),
                id(file, tokens, PADDING, eos),
                special(file, types),
                new TokenTexts(tokens, literal(types)));
    }

    /** Those that are written as they are, not byte by byte. */
    private static BitSet literal(List<Long> types) {
        BitSet literal = new BitSet();
        for (int id = 0; id < types.size(); id++) {
            literal.set(id, types.get(id) == CONTROL || types.get(id) == USER_DEFINED);
        }
        return literal;
    }

    // DJL reports its use over the network unless it is told that there is none.
    private static HuggingFaceTokenizer load(GgufFile file, byte[] description) {
        System.setProperty("ai.djl.offline", "true");
        String unbounded = Integer.toString(Integer.MAX_VALUE);
        Map<String, String> options = Map.of(
                "addSpecialTokens", "false",
                "truncation", "false",
                "padding", "false",
                "maxLength", unbounded,
                "modelMaxLength", unbounded);
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(description), options);
        } catch (IOException | RuntimeException e) {
            throw new ModelFileException(
                    file.path(), "its tokenizer cannot be made (" + e.getMessage() + ")", GgufCursor.REMEDY, e);
        }
    }

    // The description that Hugging Face keeps in a tokenizer.json.
    private static byte[] describe(GgufFile file, List<String> tokens, List<Long> types) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            writeAddedTokens(json, tokens, types);
            writeSplitter(json, file);
            json.writeObjectFieldStart("model");
            json.writeStringField("type", "BPE");
            json.writeObjectFieldStart("vocab");
            for (int id = 0; id < tokens.size(); id++) {
                json.writeNumberField(tokens.get(id), id);
            }
            json.writeEndObject();
            json.writeArrayFieldStart("merges");
            for (String merge : file.texts(MERGES)) {
                json.writeString(merge);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written to", e);
        }
        return bytes.toByteArray();
    }

    private static void writeAddedTokens(JsonGenerator json, List<String> tokens, List<Long> types) throws IOException {
        json.writeArrayFieldStart("added_tokens");
        for (int id = 0; id < tokens.size(); id++) {
            long type = types.get(id);
            if (type != CONTROL && type != USER_DEFINED) {
                continue;
            }
            json.writeStartObject();
            json.writeNumberField("id", id);
            json.writeStringField("content", tokens.get(id));
            json.writeBooleanField("single_word", false);
            json.writeBooleanField("lstrip", false);
            json.writeBooleanField("rstrip", false);
            json.writeBooleanField("normalized", false);
            json.writeBooleanField("special", type == CONTROL);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeSplitter(JsonGenerator json, GgufFile file) throws IOException {
        String name = file.text(SPLITTER);
        boolean digits = switch (name) {
            case "smollm" -> true;
            case "gpt-2" -> false;
            default ->
                throw new ModelFileException(
                        file.path(),
                        "a tokenizer that splits texts by " + name + ", which cannot be run",
                        "use one of: smollm, gpt-2");
        };
        json.writeObjectFieldStart("pre_tokenizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        if (digits) {
            json.writeStartObject();
            json.writeStringField("type", "Digits");
            json.writeBooleanField("individual_digits", true);
            json.writeEndObject();
        }
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", true);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    // A file may name a BOS that its model was not trained to begin with: add_bos_token says whether it was.
    private static int bos(GgufFile file, List<String> tokens) {
        int endOfText = tokens.indexOf(END_OF_TEXT);
        if (endOfText >= 0 && !file.flag("tokenizer.ggml.add_bos_token", false)) {
            return endOfText;
        }
        long id = file.integer(BOS);
        if (id < 0 || id >= tokens.size()) {
            throw new ModelFileException(
                    file.path(), "metadata " + BOS + " is " + id + ", which is no token", GgufCursor.REMEDY);
        }
        return (int) id;
    }

    /** A token that the file names, or another where it names none. */
    private static int id(GgufFile file, List<String> tokens, String key, int otherwise) {
        long id = file.integer(key, -1);
        return id >= 0 && id < tokens.size() ? (int) id : otherwise;
    }

    private static BitSet special(GgufFile file, List<Long> types) {
        BitSet special = new BitSet();
        for (int id = 0; id < types.size(); id++) {
            special.set(id, types.get(id) == CONTROL);
        }
        for (String key : List.of(BOS, EOS, PADDING)) {
            long id = file.integer(key, -1);
            if (id >= 0 && id < types.size()) {
                special.set((int) id);
            }
        }
        return special;
    }

    // One at a time: DJL does not promise that its tokenizer may be called concurrently.
    @Override
    public synchronized int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        long[] ids = library.encode(wellFormed(text), false, false).getIds();
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = Math.toIntExact(ids[i]);
        }
        return narrow;
    }

    // Half a surrogate pair cannot be written as UTF-8.
    private static String wellFormed(String text) {
        StringBuilder repaired = new StringBuilder(text.length());
        text.codePoints().forEach(point -> repaired.appendCodePoint(isSurrogate(point) ? 0xFFFD : point));
        return repaired.toString();
    }

    private static boolean isSurrogate(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    }

    @Override
    public int bos() {
        return bos;
    }

    @Override
    public String eosText() {
        return eosText;
    }

    @Override
    public int pad() {
        return pad;
    }

    @Override
    public boolean special(int id) {
        return special.get(id);
    }

    @Override
    public String text(int id) {
        return texts.of(id);
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }
}
