package org.unweave.cluster.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.GeneralName;
import org.unweave.model.file.Durable;

/**
 * A certificate authority of one's own, in a folder, and the node keys that it signed.
 *
 * <pre>
 * DIR/authority/  ca.crt ca.key token           stays where it was made
 * DIR/NAME/       ca.crt tls.crt tls.key token  goes to the node of that name, whole
 * </pre>
 *
 * Every folder is its owner's alone (0700, its files 0600), is whole or absent, and is never written again. The token
 * is the same for all nodes: they fetch files from one another, and who commands one may command all.
 */
public final class Authority {
    private static final String FOLDER = "authority";
    private static final String KEY = "ca.key";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private final Path folder;
    private final InstantSource clock;
    private final boolean made;

    private Authority(Path folder, InstantSource clock, boolean made) {
        this.folder = folder;
        this.clock = clock;
        this.made = made;
    }

    /**
     * The authority of a folder, which is made where there is none.
     *
     * @throws AccessException if it cannot be made
     */
    public static Authority openOrMake(Path folder) {
        return openOrMake(folder, InstantSource.system());
    }

    static Authority openOrMake(Path folder, InstantSource clock) {
        Path own = folder.resolve(FOLDER);
        if (Files.exists(own)) {
            return new Authority(folder, clock, false);
        }
        try {
            Files.createDirectories(folder);
            KeyPair keys = Certificates.draw();
            Map<String, String> files = new LinkedHashMap<>();
            files.put(NodeKeys.AUTHORITY, Pem.of(Certificates.ofAuthority(keys, clock.instant())));
            files.put(KEY, Pem.of(keys.getPrivate()));
            files.put(NodeKeys.TOKEN, Token.draw());
            makeWhole(own, files);
        } catch (IOException | GeneralSecurityException e) {
            throw new AccessException("no authority can be made in " + own + " (" + e + ")", e);
        }
        return new Authority(folder, clock, true);
    }

    /** Whether the authority was made just now. */
    public boolean made() {
        return made;
    }

    /** The authority's own folder, with the key that signs: whoever has it can make nodes. */
    public Path folder() {
        return folder.resolve(FOLDER);
    }

    /**
     * Makes the keys of one more node.
     *
     * @param node its name, which is that of its folder
     * @param hosts the DNS names and addresses by which others reach it; at least one
     * @throws AccessException if the name or a host is none, if the node has keys, or if the authority's files are
     *     missing, damaged or open to others
     */
    public NodeKeys issue(String node, List<String> hosts) {
        if (!NAME.matcher(node).matches() || node.equals(FOLDER)) {
            throw new AccessException(
                    "\"" + node + "\" is no name of a node: small letters, digits and .-_ are expected, 64"
                            + " at most, and not " + FOLDER);
        }
        if (hosts.isEmpty()) {
            throw new AccessException("the node " + node + " has no host; give the names by which others reach it");
        }
        List<GeneralName> names =
                hosts.stream().map(Certificates::host).distinct().toList();
        Path own = folder.resolve(node);
        if (Files.exists(own)) {
            throw new AccessException(
                    own + " is there; keys are never overwritten, so move that folder away to make new ones");
        }
        X509Certificate certificate =
                Pem.readCertificates(folder().resolve(NodeKeys.AUTHORITY)).getFirst();
        PrivateKey signing = Pem.readPrivateKey(folder().resolve(KEY));
        try {
            KeyPair keys = Certificates.draw();
            X509Certificate signed =
                    Certificates.ofNode(node, names, keys.getPublic(), certificate, signing, clock.instant());
            Map<String, String> files = new LinkedHashMap<>();
            files.put(NodeKeys.AUTHORITY, Pem.of(certificate));
            files.put(NodeKeys.CERTIFICATE, Pem.of(signed));
            files.put(NodeKeys.KEY, Pem.of(keys.getPrivate()));
            files.put(NodeKeys.TOKEN, PrivateFile.readSecret(folder().resolve(NodeKeys.TOKEN)));
            makeWhole(own, files);
        } catch (IOException | GeneralSecurityException e) {
            throw new AccessException("no keys can be made in " + own + " (" + e + ")", e);
        }
        return NodeKeys.open(own, clock);
    }

    // A rename onto a folder that has files fails: of two that make the same keys, the second is told so.
    private static void makeWhole(Path folder, Map<String, String> files) throws IOException {
        Path aside = Durable.aside(folder);
        try {
            PrivateFile.makeFolder(aside);
            for (Map.Entry<String, String> file : files.entrySet()) {
                PrivateFile.write(aside.resolve(file.getKey()), file.getValue());
            }
            Durable.renameFolder(aside, folder);
        } finally {
            Durable.deleteRecursively(aside);
        }
    }
}
