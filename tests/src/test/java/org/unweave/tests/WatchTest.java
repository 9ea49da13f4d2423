package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins that {@code unweave watch}, in a pipe, says what becomes of a real run, and ends with it. */
class WatchTest {
    private static final Pattern ADDRESS = Pattern.compile("watch and command it at (http://127\\.0\\.0\\.1:\\d+)");

    @TempDir
    private static Path folder;

    private static List<String> arguments() throws IOException {
        List<String> arguments = new ArrayList<>(CommandLine.smoke(
                "seen",
                folder.resolve("runs"),
                Caches.withBundle(folder.resolve("cache")),
                SmallInputs.write(folder)
                        .overrides(
                                "data.tokens=2048",
                                "data.held-out-tokens=256",
                                "train.rows=32000000",
                                "train.batch-rows=64",
                                "train.checkpoint-share=0.001",
                                "train.evaluate-at=[]",
                                "train.metrics-every-steps=5",
                                "job.features=128",
                                "job.k=8",
                                "jobs=[{ variant = topk }]",
                                "eval.evaluations=[]",
                                "eval.controls=[]")));
        arguments.addAll(List.of("--http", "0"));
        return arguments;
    }

    @Test
    void watching_inAPipe_saysWhatBecomesOfARun_andEndsWithIt() throws IOException, InterruptedException {
        try (RunProcess run = RunProcess.start(folder, Map.of(), arguments())) {
            run.await(() -> ADDRESS.matcher(run.err()).find());
            Matcher found = ADDRESS.matcher(run.err());
            assertThat(found.find()).as(run.toString()).isTrue();
            String node = found.group(1);
            try (RunProcess watch = RunProcess.start(folder, Map.of(), List.of("watch", "seen", "--node", node))) {
                watch.await(() -> watch.out().contains("topk step "));
                assertThat(watch.out()).startsWith("run seen is running").doesNotContain("\u001b");

                CommandLine once = CommandLine.execute("watch", "--once", "--node", node);
                assertThat(once.exitCode()).isZero();
                assertThat(once.out().lines()).anyMatch(line -> line.startsWith(" topk running "));

                CommandLine unknown = CommandLine.execute("watch", "other", "--node", node);
                assertThat(unknown.exitCode()).isEqualTo(2);
                assertThat(unknown.err()).contains("no run that is named other; there are seen");

                CommandLine.expect(List.of("ctl", "stop", "seen", "--yes", "--node", node));
                assertThat(watch.end()).as(watch.toString()).isEqualTo(130);
                assertThat(watch.out().lines()).last().isEqualTo("run seen is stopped");
            }
            assertThat(run.end()).isEqualTo(130);
        }
    }
}
