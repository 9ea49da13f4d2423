package org.unweave.cluster.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins which token files are taken, and that nothing but the token itself is taken for it. */
class TokenTest {
    private static final String TEXT = "0123456789abcdefghijklmnopqrstuvwxyz-_.~+/==";

    @TempDir
    private Path folder;

    private Path file(String text, String permissions) throws IOException {
        Path file = folder.resolve("token");
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return file;
    }

    @Test
    void token_isInItsOwnHeaderOnly() throws IOException {
        Token token = Token.read(file(TEXT + "\n", "rw-------"));
        assertThat(token.authorization()).isEqualTo("Bearer " + TEXT);
        assertThat(token.isIn("Bearer " + TEXT)).isTrue();
        assertThat(token.isIn("bearer " + TEXT)).isTrue();
        for (String other : new String[] {
            "",
            "Bearer",
            "Bearer ",
            TEXT,
            "Basic " + TEXT,
            "Bearer " + TEXT + "x",
            "Bearer " + TEXT.substring(1),
            "Bearer " + TEXT.toUpperCase()
        }) {
            assertThat(token.isIn(other)).as(other).isFalse();
        }
        assertThat(token.toString()).isEqualTo("a token");
    }

    @Test
    void tokens_thatAreDrawn_have256BitsAndDiffer() throws IOException {
        String drawn = Token.draw();
        assertThat(drawn.strip()).hasSize(43).isNotEqualTo(Token.draw().strip());
        assertThat(Token.read(file(drawn, "r--------")).isIn("Bearer " + drawn.strip()))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-rw-rw-", "rw------x"})
    void files_thatAreOpenToOthers_areRefused(String permissions) throws IOException {
        Path file = file(TEXT, permissions);
        assertThatThrownBy(() -> Token.read(file))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll(file.toString(), permissions, "chmod 600");
    }

    @ParameterizedTest
    @CsvSource({
        "'', is empty",
        "' \n', is empty",
        "short, fewer than 32",
        "'0123456789abcdefghijklmnopqrst uvwxyz', no token",
        "'0123456789abcdefghijklmnop\nqrstuvwxyz012345', no token"
    })
    void files_thatHoldNoToken_areRefusedAndNotQuoted(String text, String message) throws IOException {
        Path file = file(text, "rw-------");
        assertThatThrownBy(() -> Token.read(file))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll(file.toString(), message)
                .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("short", "0123"));
    }

    @Test
    void files_thatAreMissing_areNamed() {
        assertThatThrownBy(() -> Token.read(folder.resolve("none")))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll("there is no", "none", "bin/unweave keys");
    }
}
