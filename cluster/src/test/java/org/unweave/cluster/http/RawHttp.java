package org.unweave.cluster.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Says exactly what a test wants said, which a proper client would not. */
final class RawHttp {
    private static final int PATIENCE_MS = 20_000;

    private RawHttp() {}

    /** Sends a request whose lines are separated by {@code |} and returns all that comes until the server closes. */
    static String exchange(URI server, String request) throws IOException {
        return exchange(server, request, "");
    }

    static String exchange(URI server, String request, String body) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
            socket.setSoTimeout(PATIENCE_MS);
            String head = request.replace("|", "\r\n").replace("PORT", Integer.toString(server.getPort()));
            socket.getOutputStream()
                    .write((head + "\r\nConnection: close\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    static int status(String response) {
        return Integer.parseInt(response.split(" ")[1]);
    }

    static String body(String response) {
        return response.substring(response.indexOf("\r\n\r\n") + 4);
    }
}
