package org.unweave.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What lives in the heap of a JVM on this machine after a full collection, as {@code jcmd} counts it.
 *
 * @param bytes of all objects
 * @param waiting messages in mailboxes, and those that a persistent actor has put aside while it writes
 */
record LiveHeap(long bytes, long waiting) {
    private static final List<String> MESSAGES =
            List.of("org.apache.pekko.dispatch.Envelope", "org.apache.pekko.actor.typed.internal.StashBufferImpl$Node");

    private static final String TOTAL = "Total";
    private static final int TYPE = 3;

    private record Line(String type, long instances, long bytes) {}

    /** Of the process with this number. */
    static LiveHeap of(long pid) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        // Not through a pipe: where the process is this one, nothing of it reads while it is counted.
        Path file = Files.createTempFile("histogram", ".txt");
        String histogram;
        try {
            int exitCode = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .redirectOutput(file.toFile())
                    .start()
                    .waitFor();
            histogram = Files.readString(file);
            if (exitCode != 0) {
                throw new AssertionError("jcmd gives no histogram of process " + pid + ":\n" + histogram);
            }
        } finally {
            Files.delete(file);
        }
        // Lines are "   1:  instances  bytes  type (module)", and at last "Total  instances  bytes".
        Map<String, Line> lines = histogram
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(words -> words.length >= TYPE + 1 || words[0].equals(TOTAL))
                .filter(words -> words[0].equals(TOTAL) || words[0].matches("\\d+:"))
                .map(words -> new Line(
                        words[0].equals(TOTAL) ? TOTAL : words[TYPE],
                        Long.parseLong(words[1]),
                        Long.parseLong(words[2])))
                .collect(Collectors.toMap(Line::type, line -> line, (one, another) -> one));
        Line none = new Line("", 0, 0);
        return new LiveHeap(
                lines.get(TOTAL).bytes(),
                MESSAGES.stream()
                        .mapToLong(type -> lines.getOrDefault(type, none).instances())
                        .sum());
    }
}
