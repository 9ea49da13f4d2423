package org.unweave.cluster.security;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.jspecify.annotations.Nullable;

/** Certificates and private keys in the text form that OpenSSL, Kubernetes and most certificate authorities write. */
final class Pem {
    private Pem() {}

    static String of(X509Certificate certificate) throws IOException {
        return written(certificate);
    }

    /** PKCS#8, without a passphrase. */
    static String of(PrivateKey key) throws IOException {
        return written(new JcaPKCS8Generator(key, null).generate());
    }

    private static String written(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }

    /** The certificates of a file in their order: at least one. */
    static List<X509Certificate> readCertificates(Path file) {
        byte[] text = PrivateFile.read(file).getBytes(StandardCharsets.UTF_8);
        try {
            List<X509Certificate> certificates =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(text))
                            .stream()
                            .map(Pem::x509)
                            .toList();
            if (certificates.isEmpty()) {
                throw new AccessException(file + " holds no certificate in PEM form");
            }
            return certificates;
        } catch (CertificateException e) {
            throw new AccessException(file + " holds no certificate in PEM form (" + e.getMessage() + ")", e);
        }
    }

    private static X509Certificate x509(Certificate certificate) {
        return (X509Certificate) certificate; // what a factory of X.509 makes
    }

    /** The private key of a file: PKCS#8 or the older forms of OpenSSL, without a passphrase. */
    static PrivateKey readPrivateKey(Path file) {
        // The cause is left out: a parser's message may quote what it could not parse.
        try (PEMParser parser = new PEMParser(new StringReader(PrivateFile.readSecret(file)))) {
            JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
            for (@Nullable Object object = parser.readObject(); object != null; object = parser.readObject()) {
                if (object instanceof PrivateKeyInfo key) {
                    return converter.getPrivateKey(key);
                }
                if (object instanceof PEMKeyPair pair) {
                    return converter.getKeyPair(pair).getPrivate();
                }
            }
        } catch (IOException e) {
            throw new AccessException(file + " is no private key in PEM form");
        }
        throw new AccessException(
                file + " holds no private key in PEM form without a passphrase; take the passphrase off by"
                        + " openssl pkey -in OLD -out NEW, and chmod 600 NEW");
    }
}
