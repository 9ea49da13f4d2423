package org.unweave.model.lm;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * The texts of a byte-level vocabulary's tokens. Such a vocabulary writes each byte as one printable character: those of
 * Latin-1 that can be seen stand for themselves, the other 68 for the characters from U+0100 on.
 */
final class TokenTexts {
    private static final int FIRST_STAND_IN = 0x100;
    private static final int[] BYTE_OF_STAND_IN = standIns();

    private final List<String> tokens;
    private final BitSet literal;

    /** @param literal the ids whose tokens are their own text */
    TokenTexts(List<String> tokens, BitSet literal) {
        this.tokens = List.copyOf(tokens);
        this.literal = (BitSet) literal.clone();
    }

    String of(int id) {
        if (id < 0 || id >= tokens.size()) {
            throw new IllegalArgumentException("token " + id + " of " + tokens.size());
        }
        String token = tokens.get(id);
        if (literal.get(id)) {
            return token;
        }
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            int value = value(token.charAt(i));
            if (value < 0) {
                return token; // Not written byte by byte, whatever its type says.
            }
            bytes[i] = (byte) value;
        }
        return text(bytes);
    }

    private static int value(char letter) {
        if (standsForItself(letter)) {
            return letter;
        }
        int standIn = letter - FIRST_STAND_IN;
        return standIn >= 0 && standIn < BYTE_OF_STAND_IN.length ? BYTE_OF_STAND_IN[standIn] : -1;
    }

    /** Whole characters as they are, what is left over between them in hexadecimal. */
    private static String text(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int at = 0;
        while (at < bytes.length) {
            int length = characterLength(bytes, at);
            if (length == 0) {
                text.append(String.format(Locale.ROOT, "\\x%02X", bytes[at] & 0xFF));
                at++;
            } else {
                text.append(new String(bytes, at, length, StandardCharsets.UTF_8));
                at += length;
            }
        }
        return text.toString();
    }

    /** How many bytes the character has that begins here; 0 where none does, or not all of it is there. */
    private static int characterLength(byte[] bytes, int at) {
        int first = bytes[at] & 0xFF;
        int length = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (length == 0 || at + length > bytes.length) {
            return 0;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
            return length;
        } catch (CharacterCodingException none) {
            return 0;
        }
    }

    private static boolean standsForItself(int value) {
        return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xAC || value >= 0xAE && value <= 0xFF;
    }

    private static int[] standIns() {
        int[] bytes = new int[256];
        int count = 0;
        for (int value = 0; value < 256; value++) {
            if (!standsForItself(value)) {
                bytes[count++] = value;
            }
        }
        return Arrays.copyOf(bytes, count);
    }
}
