package org.unweave.cluster.cli;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.http.ControlClient;
import picocli.CommandLine.Option;

/** Which node a command speaks to, and what opens it. */
final class NodeAccess {
    @Option(
            names = "--node",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8558",
            description = "A node with the role web; ${DEFAULT-VALUE} if nothing is given.")
    private URI node = URI.create("http://127.0.0.1:8558");

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "The file of the token, where the node wants one.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "The certificate of the authority that signed the node's, for https.")
    private @Nullable Path authorityFile;

    @Option(names = "--insecure", description = "Lets the token go to another machine without TLS.")
    private boolean insecure;

    ControlClient open() {
        return open(node);
    }

    /** The same of another node of the cluster. */
    ControlClient open(URI other) {
        return ControlClient.of(new ControlClient.Access(other, tokenFile, authorityFile, insecure));
    }

    URI node() {
        return node;
    }
}
