package org.unweave.cluster.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between a client and a server on loopback, and breaks connections off, or lets them hang, after a number of bytes. */
final class CuttingProxy implements AutoCloseable {
    /** No limit. */
    static final long WHOLE = Long.MAX_VALUE;

    final List<String> requests = new CopyOnWriteArrayList<>();

    private final ServerSocket listening;
    private final Deque<Long> budgets;
    private final boolean hang;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile int target;

    /** The n-th connection brings the n-th number of bytes at most, later ones all. */
    CuttingProxy(boolean hang, Long... budgets) throws IOException {
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.budgets = new ArrayDeque<>(List.of(budgets));
        this.hang = hang;
    }

    /** By which a server must know itself called. */
    String name() {
        return "127.0.0.1:" + listening.getLocalPort();
    }

    URI before(URI server) {
        target = server.getPort();
        Thread.ofVirtual().start(this::accept);
        return URI.create("http://" + name());
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.addAll(List.of(client, server));
                long budget = budgets.isEmpty() ? WHOLE : budgets.removeFirst();
                Thread.ofVirtual().start(() -> forward(client, server));
                Thread.ofVirtual().start(() -> backward(server, client, budget));
            }
        } catch (IOException e) {
            // The test is over.
            return;
        }
    }

    private void forward(Socket client, Socket server) {
        byte[] chunk = new byte[1 << 14];
        try (server) {
            InputStream in = client.getInputStream();
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                requests.add(new String(chunk, 0, read, StandardCharsets.ISO_8859_1));
                server.getOutputStream().write(chunk, 0, read);
            }
        } catch (IOException e) {
            return;
        }
    }

    private void backward(Socket server, Socket client, long budget) {
        byte[] chunk = new byte[1 << 14];
        long left = budget;
        try {
            InputStream in = server.getInputStream();
            OutputStream out = client.getOutputStream();
            int read = in.read(chunk);
            while (read >= 0 && left > 0) {
                int passed = (int) Math.min(read, left);
                out.write(chunk, 0, passed);
                left -= passed;
                read = left > 0 ? in.read(chunk) : read;
            }
            if (!hang || left > 0) {
                client.close();
            }
        } catch (IOException e) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
