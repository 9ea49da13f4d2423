package org.unweave.cluster.security;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Whether a private and a public key belong together. */
final class KeyPairs {
    private KeyPairs() {}

    /** By signing with the one and verifying with the other, which is all that they are for. */
    static boolean match(PrivateKey secret, PublicKey open) {
        byte[] text = "of one pair".getBytes(StandardCharsets.UTF_8);
        try {
            String algorithm = switch (secret.getAlgorithm()) {
                case "EC" -> "SHA256withECDSA";
                case "RSA" -> "SHA256withRSA";
                default -> secret.getAlgorithm(); // Ed25519, Ed448: a signature of that name
            };
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(secret);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(open);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
