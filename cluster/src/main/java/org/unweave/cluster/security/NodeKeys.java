package org.unweave.cluster.security;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A node's keys: the folder with its private key, its certificate and the authority that it trusts, and a token where
 * one lies beside them. The same keys serve the cluster's port and HTTPS.
 *
 * <p>The files are in PEM form and named as Kubernetes and cert-manager name them ({@code tls.key}, {@code tls.crt},
 * {@code ca.crt}), so that keys of another authority are put there as they come and no password has to be kept beside
 * what it protects. Of Pekko's two engines for Artery, the one that reads PEM files checks no host names, and the one
 * that checks them reads key stores; the latter is meant to be extended by other sources of keys, which {@link
 * NodeKeysEngine} does. Keys are read when a node starts: new ones want a restart.
 */
public final class NodeKeys {
    static final String AUTHORITY = "ca.crt";
    static final String CERTIFICATE = "tls.crt";
    static final String KEY = "tls.key";
    static final String TOKEN = "token";

    static final String PROTOCOL = "TLSv1.3";

    private static final String SERVER_PURPOSE = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_PURPOSE = "1.3.6.1.5.5.7.3.2";
    private static final Set<Integer> DNS_AND_ADDRESS = Set.of(2, 7);

    private final Path folder;
    private final List<X509Certificate> authorities;
    private final List<X509Certificate> chain;
    private final PrivateKey key;
    private final @Nullable Token token;

    private NodeKeys(
            Path folder,
            List<X509Certificate> authorities,
            List<X509Certificate> chain,
            PrivateKey key,
            @Nullable Token token) {
        this.folder = folder;
        this.authorities = authorities;
        this.chain = chain;
        this.key = key;
        this.token = token;
    }

    /**
     * Reads a node's keys.
     *
     * @throws AccessException if a file is missing or damaged, if a secret is open to others than its owner, if key and
     *     certificate are not of one pair, if the certificate is out of date, not signed by the authority, or not for
     *     both ends of a connection
     */
    public static NodeKeys open(Path folder) {
        return open(folder, InstantSource.system());
    }

    static NodeKeys open(Path folder, InstantSource clock) {
        Path own = folder.toAbsolutePath().normalize();
        List<X509Certificate> chain = Pem.readCertificates(own.resolve(CERTIFICATE));
        PrivateKey key = Pem.readPrivateKey(own.resolve(KEY));
        Path tokenFile = own.resolve(TOKEN);
        NodeKeys keys = new NodeKeys(
                own,
                Pem.readCertificates(own.resolve(AUTHORITY)),
                chain,
                key,
                Files.exists(tokenFile) ? Token.read(tokenFile) : null);
        keys.check(Date.from(clock.instant()));
        return keys;
    }

    public Path folder() {
        return folder;
    }

    /** The certificate of the authority, which those who connect to the node trust. */
    public Path authorityFile() {
        return folder.resolve(AUTHORITY);
    }

    /** Where a token lies beside the keys, if one does. */
    public Path tokenFile() {
        return folder.resolve(TOKEN);
    }

    /** The token that lies beside the keys. */
    public Optional<Token> token() {
        return Optional.ofNullable(token);
    }

    /** The DNS names and addresses that the certificate is for. */
    public List<String> hosts() {
        return hosts(certificate());
    }

    /** The end of the certificate's validity. */
    public Date validUntil() {
        return certificate().getNotAfter();
    }

    /**
     * Refuses a host name by which others could not verify this node.
     *
     * @throws AccessException if the certificate is not for it
     */
    public void requireHost(String host) {
        String wanted = Certificates.host(host).getName().toString();
        List<String> hosts = hosts();
        if (hosts.stream()
                .noneMatch(one -> Certificates.host(one).getName().toString().equals(wanted))) {
            throw new AccessException("the certificate in " + folder + " is for " + String.join(", ", hosts)
                    + ", not for " + host
                    + ", so other nodes would refuse this one; make keys by bin/unweave keys with --host " + host);
        }
    }

    /** Artery over TLS 1.3 with these keys: both ends show a certificate of the authority, and host names are verified. */
    public Config artery() {
        String ssl = "pekko.remote.artery.ssl.";
        String engine = ssl + "config-ssl-engine.";
        return ConfigFactory.parseMap(
                Map.of(
                        "pekko.remote.artery.transport",
                        "tls-tcp",
                        ssl + "ssl-engine-provider",
                        NodeKeysEngine.class.getName(),
                        engine + "key-store",
                        folder.toString(),
                        engine + "trust-store",
                        folder.toString(),
                        engine + "protocol",
                        PROTOCOL,
                        engine + "require-mutual-authentication",
                        "on",
                        engine + "hostname-verification",
                        "on"),
                "keys of " + folder);
    }

    /** For HTTPS, as the server; callers allow TLS 1.3 alone. */
    public SSLContext tls() {
        return context(keyManagers(), trustManagers());
    }

    /**
     * For HTTPS, as a client that trusts an authority and none else.
     *
     * @throws AccessException if the file holds no certificate
     */
    public static SSLContext tlsTrusting(Path authorityFile) {
        return context(null, trustManagers(Pem.readCertificates(authorityFile)));
    }

    KeyManager[] keyManagers() {
        try {
            char[] inMemory = {};
            KeyStore store = emptyStore();
            store.setKeyEntry("node", key, inMemory, chain.toArray(X509Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, inMemory);
            return factory.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new AccessException("the keys in " + folder + " cannot be used (" + e + ")", e);
        }
    }

    TrustManager[] trustManagers() {
        return trustManagers(authorities);
    }

    private static TrustManager[] trustManagers(List<X509Certificate> authorities) {
        try {
            KeyStore store = emptyStore();
            for (int i = 0; i < authorities.size(); i++) {
                store.setCertificateEntry("authority" + i, authorities.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new AccessException("the authority's certificate cannot be used (" + e + ")", e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static SSLContext context(KeyManager @Nullable [] keys, TrustManager[] trust) {
        try {
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(keys, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + PROTOCOL, e);
        }
    }

    private X509Certificate certificate() {
        return chain.getFirst();
    }

    private void check(Date now) {
        String file = folder.resolve(CERTIFICATE).toString();
        X509Certificate certificate = certificate();
        if (!KeyPairs.match(key, certificate.getPublicKey())) {
            throw new AccessException(folder.resolve(KEY) + " is not the key of " + file + "; copy the folder whole");
        }
        for (X509Certificate one : chain) {
            if (now.after(one.getNotAfter()) || now.before(one.getNotBefore())) {
                throw new AccessException(
                        file + " is valid from " + one.getNotBefore().toInstant() + " to "
                                + one.getNotAfter().toInstant()
                                + " only; move the folder away and make keys anew by bin/unweave keys");
            }
        }
        requirePath(file, now);
        requirePurposes(file, certificate);
        if (hosts().isEmpty()) {
            throw new AccessException(file + " names no host (subject alternative names); make one that does");
        }
    }

    private void requirePath(String file, Date now) {
        try {
            PKIXParameters parameters = new PKIXParameters(
                    authorities.stream().map(one -> new TrustAnchor(one, null)).collect(Collectors.toSet()));
            parameters.setRevocationEnabled(false);
            parameters.setDate(now);
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
        } catch (GeneralSecurityException e) {
            throw new AccessException(
                    file + " is not signed by " + folder.resolve(AUTHORITY) + " (" + e.getMessage() + ")", e);
        }
    }

    private static void requirePurposes(String file, X509Certificate certificate) {
        try {
            List<String> purposes = certificate.getExtendedKeyUsage();
            if (purposes != null && !purposes.containsAll(List.of(SERVER_PURPOSE, CLIENT_PURPOSE))) {
                throw new AccessException(file
                        + " is not for both ends of a connection (serverAuth and clientAuth), as a node's must be");
            }
        } catch (CertificateParsingException e) {
            throw new AccessException(file + " is damaged (" + e.getMessage() + ")", e);
        }
    }

    private static List<String> hosts(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names == null) {
                return List.of();
            }
            return names.stream()
                    .filter(name -> DNS_AND_ADDRESS.contains(name.get(0)))
                    .map(name -> name.get(1).toString())
                    .toList();
        } catch (CertificateParsingException e) {
            throw new AccessException("a certificate is damaged (" + e.getMessage() + ")", e);
        }
    }

    @Override
    public String toString() {
        return "keys of " + folder;
    }
}
