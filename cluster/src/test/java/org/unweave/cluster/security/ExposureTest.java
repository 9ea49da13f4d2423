package org.unweave.cluster.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pins the table of what may be bound with what. */
class ExposureTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]", "::ffff:127.0.0.1"})
    void loopback_isNotBeyond(String host) {
        assertThat(Exposure.beyondLoopback(host)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "", " ", "10.0.0.1", "192.0.2.7", "169.254.1.1", "fe80::1", "2001:db8::1"})
    void everythingElse_isBeyond(String host) {
        assertThat(Exposure.beyondLoopback(host)).isTrue();
    }

    @Test
    void name_ofWhichOneAddressIsNotLoopback_isBeyond() throws UnknownHostException {
        InetAddress loopback = InetAddress.getByAddress("node1", new byte[] {127, 0, 0, 1});
        InetAddress network = InetAddress.getByAddress("node1", new byte[] {10, 0, 0, 1});
        assertThat(Exposure.beyondLoopback(loopback)).isFalse();
        assertThat(Exposure.beyondLoopback(loopback, network)).isTrue();
    }

    @Test
    void name_withoutAddress_isRefused() {
        assertThatThrownBy(() -> Exposure.beyondLoopback("no-such-host.invalid"))
                .isInstanceOf(AccessException.class)
                .hasMessageContaining("no-such-host.invalid has no address");
    }

    @ParameterizedTest
    @CsvSource({
        // host, keys, insecure, taken
        "127.0.0.1, false, false, true",
        "127.0.0.1, true,  false, true",
        "0.0.0.0,   false, false, false",
        "0.0.0.0,   true,  false, true",
        "0.0.0.0,   false, true,  true",
        "10.0.0.1,  false, false, false",
        "'',        false, false, false",
    })
    void clusterPort_beyondLoopback_wantsKeys(String host, boolean keys, boolean insecure, boolean taken) {
        AbstractThrowableAssert<?, ?> outcome =
                assertThatCode(() -> Exposure.requireGuardedCluster(host, keys, insecure));
        if (taken) {
            outcome.doesNotThrowAnyException();
        } else {
            outcome.isInstanceOf(AccessException.class)
                    .hasMessageContainingAll("no keys", "bin/unweave keys --folder", "--insecure");
        }
    }

    @ParameterizedTest
    @CsvSource({
        // host, keys, token, insecure, what is missing
        "127.0.0.1, false, false, false,",
        "::1,       false, true,  false,",
        "0.0.0.0,   false, false, false, neither keys nor a token",
        "0.0.0.0,   true,  false, false, no token",
        "0.0.0.0,   false, true,  false, no keys for HTTPS",
        "0.0.0.0,   true,  true,  false,",
        "0.0.0.0,   false, false, true,",
        "::,        true,  false, false, no token",
    })
    void httpPort_beyondLoopback_wantsKeysAndToken(
            String host, boolean keys, boolean token, boolean insecure, String missing) {
        AbstractThrowableAssert<?, ?> outcome =
                assertThatCode(() -> Exposure.requireGuardedHttp(host, keys, token, insecure));
        if (missing == null) {
            outcome.doesNotThrowAnyException();
        } else {
            outcome.isInstanceOf(AccessException.class)
                    .hasMessageContainingAll(missing, "bin/unweave keys --folder", "--insecure");
        }
    }
}
