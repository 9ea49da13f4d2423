package org.unweave.cluster.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.model.file.Sha256;

/** Pins that keys are made once, for their owner alone, by one authority, and are never written over. */
class AuthorityTest {
    @TempDir
    private Path folder;

    private Path keys() {
        return folder.resolve("keys");
    }

    @Test
    void authority_isMadeOnce() throws IOException {
        assertThat(Authority.openOrMake(keys()).made()).isTrue();
        String certificate = Sha256.of(keys().resolve("authority/ca.crt"));
        String key = Sha256.of(keys().resolve("authority/ca.key"));
        String token = Sha256.of(keys().resolve("authority/token"));

        Authority again = Authority.openOrMake(keys());

        assertThat(again.made()).isFalse();
        again.issue("node1", List.of("127.0.0.1"));
        assertThat(Sha256.of(keys().resolve("authority/ca.crt"))).isEqualTo(certificate);
        assertThat(Sha256.of(keys().resolve("authority/ca.key"))).isEqualTo(key);
        assertThat(Sha256.of(keys().resolve("authority/token"))).isEqualTo(token);
    }

    @Test
    void files_areTheOwnersAlone() throws IOException {
        Authority.openOrMake(keys()).issue("node1", List.of("node1.example.org"));
        try (Stream<Path> paths = Files.walk(keys())) {
            List<Path> all = paths.filter(path -> !path.equals(keys())).toList();
            assertThat(all).hasSize(2 + 3 + 4);
            for (Path path : all) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .as(path.toString())
                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
            }
        }
    }

    @Test
    void nodes_ofOneAuthority_shareItsCertificateAndTokenAndNothingElse() throws IOException {
        NodeKeys one = Authority.openOrMake(keys()).issue("node1", List.of("node1", "10.0.0.1", "fd00::1"));
        NodeKeys two = Authority.openOrMake(keys()).issue("node2", List.of("NODE2.example.org"));

        assertThat(one.hosts()).containsExactly("node1", "10.0.0.1", "fd00:0:0:0:0:0:0:1");
        assertThat(two.hosts()).containsExactly("node2.example.org");
        for (String same : List.of("ca.crt", "token")) {
            assertThat(one.folder().resolve(same))
                    .hasSameTextualContentAs(two.folder().resolve(same));
        }
        for (String own : List.of("tls.key", "tls.crt")) {
            assertThat(Sha256.of(one.folder().resolve(own)))
                    .isNotEqualTo(Sha256.of(two.folder().resolve(own)));
        }
        assertThat(one.folder().resolve("ca.key")).doesNotExist();
    }

    @Test
    void keys_thatAreThere_areNotOverwritten() throws IOException {
        Authority authority = Authority.openOrMake(keys());
        NodeKeys keys = authority.issue("node1", List.of("127.0.0.1"));
        String key = Sha256.of(keys.folder().resolve("tls.key"));

        assertThatThrownBy(() -> authority.issue("node1", List.of("127.0.0.1")))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("never overwritten")
                .hasMessageContaining("node1");

        assertThat(Sha256.of(keys.folder().resolve("tls.key"))).isEqualTo(key);
        assertThat(keys()).isDirectoryNotContaining("glob:**/.writing-*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../node", "Node", "authority", "-n", "a/b", ".hidden"})
    void names_thatAreNoFolder_areRefused(String name) {
        Authority authority = Authority.openOrMake(keys());
        assertThatThrownBy(() -> authority.issue(name, List.of("127.0.0.1")))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("\"" + name + "\" is no name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "*.example.org", "300.1.1.1", "a..b", "fe80::zz", "under_score", "http://node"})
    void hosts_thatAreNone_areRefusedAndNothingIsMade(String host) {
        Authority authority = Authority.openOrMake(keys());
        assertThatThrownBy(() -> authority.issue("node1", List.of("node1", host)))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("\"" + host + "\" is no");
        assertThat(keys().resolve("node1")).doesNotExist();
    }

    @Test
    void authority_whoseKeyOthersMayRead_signsNothing() throws IOException {
        Authority authority = Authority.openOrMake(keys());
        Files.setPosixFilePermissions(keys().resolve("authority/ca.key"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> authority.issue("node1", List.of("node1")))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("ca.key is open to others")
                .hasMessageContaining("chmod 600");
        assertThat(keys().resolve("node1")).doesNotExist();
    }
}
