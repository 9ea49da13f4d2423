package org.unweave.cluster.security;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;

/** A bearer token: whoever has it may command the nodes. It is shown nowhere but in the file and in the header that carries it. */
public final class Token {
    private static final int RANDOM_BYTES = 32;
    private static final int LEAST_CHARACTERS = 32;
    private static final String SCHEME = "Bearer ";
    // RFC 6750, section 2.1.
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final String text;

    private Token(String text) {
        this.text = text;
    }

    /**
     * Reads a token's file; white space around the token is not part of it.
     *
     * @throws AccessException if the file is missing, open to group or others, empty, too short, or no token
     */
    public static Token read(Path file) {
        String text = PrivateFile.readSecret(file).strip();
        if (text.length() < LEAST_CHARACTERS) {
            throw new AccessException(file + " holds a token of fewer than " + LEAST_CHARACTERS
                    + " characters, which can be guessed; make one by bin/unweave keys");
        }
        if (!FORM.matcher(text).matches()) {
            throw new AccessException(file + " holds no token: one line of letters, digits and .-_~+/ is expected");
        }
        return new Token(text);
    }

    /** 256 random bits as the text of a token's file. */
    static String draw() {
        byte[] bytes = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n";
    }

    /** The value of the header {@code Authorization}. */
    public String authorization() {
        return SCHEME + text;
    }

    /** Whether the value of a header {@code Authorization} carries this token; the time taken does not tell how much of it is right. */
    public boolean isIn(String authorization) {
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] presented = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(presented, text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return "a token";
    }
}
