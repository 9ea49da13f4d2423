package org.unweave.tests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A PostgreSQL server of the test's own, on loopback, whose files are gone with it. */
final class Postgres implements AutoCloseable {
    static final String USER = "unweave";

    private final Path programs;
    private final String data;
    private final int port;

    private Postgres(Path programs, String data, int port) {
        this.programs = programs;
        this.data = data;
        this.port = port;
    }

    private static Optional<Path> programs() {
        Path versions = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(versions)) {
            return Optional.empty();
        }
        try (Stream<Path> found = Files.list(versions)) {
            return found.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                    .max(Path::compareTo);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static boolean isInstalled() {
        return programs().isPresent();
    }

    static Postgres start() throws IOException, InterruptedException {
        Path programs = programs().orElseThrow();
        String data = execute("mktemp", "-d", "/tmp/unweave-postgresql-XXXXXX").strip();
        int port = Fork.freePorts(1).getFirst();
        execute(programs.resolve("initdb").toString(), "-D", data, "-U", USER, "--auth=trust", "-N");
        execute(
                programs.resolve("pg_ctl").toString(),
                "-D",
                data,
                "-w",
                "-l",
                data + "/server.log",
                "-o",
                "-p " + port + " -k " + data + " -c listen_addresses=127.0.0.1",
                "start");
        return new Postgres(programs, data, port);
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    /** The server refuses to be run by root, for whom Debian's user stands in. */
    private static String execute(String... command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            all.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        all.addAll(List.of(command));
        Path said = Files.createTempFile("postgresql", ".txt");
        try {
            // To a file: the server would hold a pipe open.
            Process process = new ProcessBuilder(all)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            int code = process.waitFor();
            String text = Files.readString(said, StandardCharsets.UTF_8);
            if (code != 0) {
                throw new AssertionError(String.join(" ", all) + " ended with " + code + ":\n" + text);
            }
            return text;
        } finally {
            Files.delete(said);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        execute(programs.resolve("pg_ctl").toString(), "-D", data, "-m", "immediate", "stop");
        execute("rm", "-rf", data);
    }
}
