package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pins that a run whose jobs hear one another and their evaluators has the same bits again: after a kill where it is
 * repeatable, and otherwise by what its checkpoints have recorded.
 */
class ExchangeRunTest {
    private static final List<String> JOBS = List.of("attribution-adversarial", "dynamic-margin", "self-aligned");
    private static final int STEPS = 80;
    private static final String LAST = "%09d".formatted(STEPS);

    @TempDir
    private static Path folder;

    private static SmallInputs inputs;
    private static Path cache;
    private static RunResults undisturbed;

    @BeforeAll
    static void run() throws IOException {
        inputs = SmallInputs.write(folder);
        cache = Caches.withBundle(folder.resolve("cache"));
        CommandLine.expect(arguments("undisturbed"));
        undisturbed = results("undisturbed");
        assertThat(undisturbed.jobs()).isEqualTo(JOBS);
        assertThat(undisturbed.reports("attribution")).hasSize(3);
    }

    private static List<String> arguments(String name, String... further) {
        List<String> overrides = inputs.overrides(
                "data.tokens=2048",
                "data.held-out-tokens=256",
                "labelled.set=review-domain-sentiment",
                "train.rows=" + STEPS * 64,
                "train.batch-rows=64",
                "train.checkpoint-share=0.25",
                "train.evaluate-at=[]",
                "train.metrics-every-steps=1",
                "exchange.every-steps=10",
                "job.features=256",
                "job.k=8",
                "jobs=[{ variant = attribution-adversarial, similarity.source = pooled },"
                        + " { variant = dynamic-margin, similarity.source = pooled }, { variant = self-aligned }]",
                "eval.evaluations=[]",
                "eval.controls=[]",
                "eval.scr-tpp.context-tokens=16");
        overrides.addAll(List.of(further));
        return CommandLine.smoke(name, folder.resolve("runs"), cache, overrides);
    }

    private static RunResults results(String name) {
        return new RunResults(folder.resolve("runs").resolve(name));
    }

    private static void assertSameBits(RunResults results, RunResults expected) {
        for (String job : JOBS) {
            assertThat(results.stateSha256(job, LAST)).as(job).isEqualTo(expected.stateSha256(job, LAST));
        }
    }

    @Test
    void killedWhileItTrains_endsWithTheSameBits() throws IOException, InterruptedException {
        RunResults killed = results("killed");
        try (RunProcess process = RunProcess.start(folder, Map.of(), arguments("killed"))) {
            process.await(() -> step(killed) >= STEPS / 2 + 5);
            assertThat(process.alive()).as(process.toString()).isTrue();
            process.kill();
        }
        assertThat(CommandLine.expect(List.of("run", "--resume", killed.folder().toString()))
                        .out())
                .contains("Results of killed");
        assertSameBits(killed, undisturbed);
    }

    private static int step(RunResults results) {
        return results.metrics("self-aligned").stream()
                .mapToInt(line -> line.path("step").asInt())
                .max()
                .orElse(0);
    }

    @Test
    void heardAsItComes_isHeardAgainInAReplay() {
        CommandLine.expect(arguments("free", "exchange.repeatable=false"));
        RunResults free = results("free");
        CommandLine.expect(arguments("replayed", "exchange.repeatable=false", "exchange.replay=" + free.folder()));
        assertSameBits(results("replayed"), free);
        CommandLine refused = CommandLine.execute(arguments("wrong", "exchange.replay=" + folder.resolve("nothing"))
                .toArray(String[]::new));
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains("exchange.replay: " + folder.resolve("nothing") + " has no job named dynamic-margin");
    }
}
