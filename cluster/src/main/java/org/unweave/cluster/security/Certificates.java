package org.unweave.cluster.security;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Keys on the curve P-256, which TLS 1.3 has everywhere, and certificates for them (RFC 5280). */
final class Certificates {
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final Duration AUTHORITY_VALIDITY = Duration.ofDays(3650);
    private static final Duration NODE_VALIDITY = Duration.ofDays(825);
    // The clocks of two machines differ.
    private static final Duration CLOCK_SKEW = Duration.ofHours(1);
    private static final int SERIAL_BITS = 127;

    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern DNS_NAME =
            Pattern.compile("(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

    private static final SecureRandom RANDOM = new SecureRandom();

    private Certificates() {}

    static KeyPair draw() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
        return generator.generateKeyPair();
    }

    /** An authority's certificate, signed by itself; it may sign nodes, and no other authorities. */
    static X509Certificate ofAuthority(KeyPair keys, Instant now) throws GeneralSecurityException {
        // No two authorities share a name: a stranger's node then fails by its issuer, not by a signature.
        byte[] mark = new byte[4];
        RANDOM.nextBytes(mark);
        X500Name name = named("Unweave authority " + HexFormat.of().formatHex(mark));
        try {
            X509v3CertificateBuilder builder = builder(name, name, keys.getPublic(), now, AUTHORITY_VALIDITY)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return signed(builder, keys.getPrivate());
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /** A node's certificate, for both ends of a connection. */
    static X509Certificate ofNode(
            String node,
            List<GeneralName> hosts,
            PublicKey key,
            X509Certificate authority,
            PrivateKey authorityKey,
            Instant now)
            throws GeneralSecurityException {
        X500Name issuer =
                X500Name.getInstance(authority.getSubjectX500Principal().getEncoded());
        try {
            X509v3CertificateBuilder builder = builder(issuer, named(node), key, now, NODE_VALIDITY)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                    }))
                    .addExtension(
                            Extension.subjectAlternativeName,
                            false,
                            new GeneralNames(hosts.toArray(GeneralName[]::new)))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority.getPublicKey()));
            return signed(builder, authorityKey);
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException(e);
        }
    }

    /**
     * A host as a certificate names it.
     *
     * @throws AccessException if it is neither a DNS name nor an address
     */
    static GeneralName host(String text) {
        String host = text.strip().toLowerCase(Locale.ROOT);
        if (IPV4.matcher(host).matches() || host.contains(":")) {
            try {
                return new GeneralName(
                        GeneralName.iPAddress, InetAddress.ofLiteral(host).getHostAddress());
            } catch (IllegalArgumentException e) {
                throw new AccessException("\"" + text + "\" is no address of a host", e);
            }
        }
        if (!DNS_NAME.matcher(host).matches()) {
            throw new AccessException(
                    "\"" + text + "\" is no host: a DNS name such as node1.example.org or an address is expected");
        }
        return new GeneralName(GeneralName.dNSName, host);
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey key, Instant now, Duration validity)
            throws GeneralSecurityException, IOException {
        return new JcaX509v3CertificateBuilder(
                        issuer,
                        new BigInteger(SERIAL_BITS, RANDOM).setBit(0),
                        Date.from(now.minus(CLOCK_SKEW)),
                        Date.from(now.plus(validity)),
                        subject,
                        key)
                .addExtension(
                        Extension.subjectKeyIdentifier,
                        false,
                        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key));
    }

    private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
            throws OperatorCreationException, GeneralSecurityException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
    }

    private static X500Name named(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, commonName)
                .build();
    }
}
