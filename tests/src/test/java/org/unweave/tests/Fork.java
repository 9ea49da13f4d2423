package org.unweave.tests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is this JVM's own, where several run tests of this module at the same time. */
final class Fork {
    private static final int NUMBER = Integer.parseInt(System.getProperty("unweave.fork", "1"));

    // Below those that the system gives to whoever asks for any, so that nobody has a killed node's port when it comes
    // back.
    private static final int FIRST_PORT = 20_000;
    private static final int PORTS = 2_000;

    private static int nextPort = 0;

    private Fork() {}

    /** A folder that stays until the module is built anew. */
    static Path folder(String name) {
        return Path.of("target", name + NUMBER).toAbsolutePath();
    }

    /** Ports of this machine that nobody listens at, each given once. */
    static synchronized List<Integer> freePorts(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        while (ports.size() < count) {
            if (nextPort == PORTS) {
                throw new IOException("of the ports from " + FIRST_PORT + " on none is left");
            }
            int port = FIRST_PORT + NUMBER * PORTS + nextPort++;
            if (isFree(port)) {
                ports.add(port);
            }
        }
        return ports;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
