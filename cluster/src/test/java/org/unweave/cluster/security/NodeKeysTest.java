package org.unweave.cluster.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins that a node finds out before it starts that its keys are not what they should be, and says which file is wrong. */
class NodeKeysTest {
    @TempDir
    private Path folder;

    private NodeKeys keys;

    @BeforeEach
    void make() {
        keys = Authority.openOrMake(folder.resolve("keys")).issue("node1", List.of("node1", "127.0.0.1"));
    }

    private void refused(String... words) {
        assertThatThrownBy(() -> NodeKeys.open(keys.folder()))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll(words);
    }

    private void replace(String file, Path by) throws IOException {
        Files.copy(by, keys.folder().resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void keys_areOpened() {
        NodeKeys again = NodeKeys.open(keys.folder());
        assertThat(again.hosts()).containsExactly("node1", "127.0.0.1");
        assertThat(again.token()).isPresent();
        assertThat(again.tls().getProtocol()).isEqualTo("TLSv1.3");
        assertThat(again.toString()).isEqualTo("keys of " + keys.folder());
    }

    @Test
    void keys_withoutToken_areOpenedWithoutToken() throws IOException {
        Files.delete(keys.tokenFile());
        assertThat(NodeKeys.open(keys.folder()).token()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ca.crt", "tls.crt", "tls.key"})
    void files_thatAreMissing_areNamed(String file) throws IOException {
        Files.delete(keys.folder().resolve(file));
        refused("there is no " + keys.folder().resolve(file), "bin/unweave keys");
    }

    @ParameterizedTest
    @CsvSource({"ca.crt, no certificate", "tls.crt, no certificate", "tls.key, no private key"})
    void files_thatAreDamaged_areNamedAndNotQuoted(String file, String word) throws IOException {
        Path damaged = keys.folder().resolve(file);
        String text = Files.readString(damaged);
        Files.writeString(damaged, text.substring(0, text.length() / 2));
        assertThatThrownBy(() -> NodeKeys.open(keys.folder()))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll(damaged.toString(), word)
                .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain(text.substring(60, 80)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls.key", "token"})
    void secrets_thatOthersMayRead_areRefused(String file) throws IOException {
        Files.setPosixFilePermissions(keys.folder().resolve(file), PosixFilePermissions.fromString("rw-r-----"));
        refused(keys.folder().resolve(file) + " is open to others", "rw-r-----", "chmod 600");
    }

    @Test
    void key_ofAnotherNode_isRefused() throws IOException {
        NodeKeys other = Authority.openOrMake(folder.resolve("keys")).issue("node2", List.of("node2"));
        replace("tls.key", other.folder().resolve("tls.key"));
        refused("tls.key is not the key of");
    }

    @Test
    void certificate_ofAnotherAuthority_isRefused() throws IOException {
        replace(
                "ca.crt",
                Authority.openOrMake(folder.resolve("strange")).folder().resolve("ca.crt"));
        refused("tls.crt is not signed by", "ca.crt");
    }

    @Test
    void certificate_outOfDate_isRefused() {
        InstantSource past = InstantSource.fixed(Instant.now().minus(Duration.ofDays(1000)));
        NodeKeys old = Authority.openOrMake(folder.resolve("old"), past).issue("node1", List.of("node1"));
        assertThatThrownBy(() -> NodeKeys.open(old.folder()))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll("tls.crt is valid from", "make keys anew");
    }

    @Test
    void certificate_ofAnAuthority_isNoNodes() throws IOException {
        Path authority = folder.resolve("keys/authority");
        replace("tls.crt", authority.resolve("ca.crt"));
        replace("tls.key", authority.resolve("ca.key"));
        refused("tls.crt");
    }

    @Test
    void hosts_thatTheCertificateIsNotFor_areRefused() {
        keys.requireHost("NODE1");
        keys.requireHost("127.0.0.1");
        assertThatThrownBy(() -> keys.requireHost("10.0.0.7"))
                .isInstanceOf(AccessException.class)
                .hasMessageContainingAll("node1, 127.0.0.1", "not for 10.0.0.7", "--host 10.0.0.7");
    }
}
