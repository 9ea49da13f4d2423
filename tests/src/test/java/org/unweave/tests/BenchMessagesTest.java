package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Pins what {@code unweave bench messages} and {@code unweave bench actors} print, with all actors, journals and ports at
 * work; no time is looked at.
 */
class BenchMessagesTest {
    private static final String[] SMALL = {
        "--rows", "32", "--width", "16", "--features", "64", "--k", "4", "--jobs", "3", "--slots", "2", "--steps", "20"
    };

    private static CommandLine actors(String... more) {
        List<String> arguments = new ArrayList<>(List.of("bench", "actors"));
        arguments.addAll(List.of(SMALL));
        arguments.addAll(List.of(more));
        return CommandLine.execute(arguments.toArray(String[]::new));
    }

    @Test
    void messages_haveALineForEachWayThatOneTakes() {
        CommandLine done = CommandLine.execute("bench", "messages", "--messages", "1000", "--commands", "16");

        assertThat(done.exitCode()).as(done.err()).isZero();
        List<String> lines = done.out().lines().toList();
        assertThat(lines).hasSize(9);
        assertThat(lines.get(1)).matches("an order to a trainer, written and read, \\d+ bytes +1000 +\\d+");
        assertThat(lines.get(2)).matches("a measurement, written and read, \\d+ bytes +1000 +\\d+");
        assertThat(lines.get(3)).matches("a node's word, of 16 jobs, written and read, \\d+ bytes +1000 +\\d+");
        assertThat(lines.get(4)).matches("told from actor to actor, there and back +2000 +\\d+");
        assertThat(lines.get(5)).matches("asked of the supervisor: how a run stands +100 +\\d+");
        assertThat(lines.get(6)).matches("commands, each forced to the disk, one at a time +16 +\\d+");
        assertThat(lines.get(7)).matches("the same, 8 at a time +16 +\\d+");
        assertThat(lines.get(8)).matches("sent to another actor system over loopback, and back, \\d+ bytes +500 +\\d+");
    }

    @Test
    void messages_asJson_areOneLine() throws IOException {
        CommandLine done = CommandLine.execute("bench", "messages", "--messages", "100", "--commands", "8", "--json");

        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.out().lines()).hasSize(1);
        JsonNode rates = new ObjectMapper().readTree(done.out()).path("rates");
        assertThat(rates.size()).isEqualTo(8);
        for (JsonNode rate : rates) {
            assertThat(rate.path("per_second").asDouble()).as(rate.toString()).isPositive();
            assertThat(rate.path("messages").asInt()).as(rate.toString()).isPositive();
        }
    }

    @Test
    void actors_asJson_haveEveryTurnAndItsMedian() throws IOException {
        CommandLine done = actors("--turns", "3", "--json");

        assertThat(done.exitCode()).as(done.err()).isZero();
        assertThat(done.out().lines()).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(done.out());
        assertThat(line.path("variant").asText()).isEqualTo("topk");
        assertThat(line.path("jobs").asInt()).isEqualTo(3);
        assertThat(line.path("slots").asInt()).isEqualTo(2);
        assertThat(line.path("alone_ms").asDouble()).isPositive();
        assertThat(line.path("actors_ms").asDouble()).isPositive();
        for (String way : List.of("alone", "actors")) {
            assertThat(line.path(way + "_beside_ms").asDouble())
                    .isPositive()
                    .isLessThan(line.path(way + "_ms").asDouble());
        }
        assertThat(line.path("beside_overhead").isNumber()).isTrue();
        assertThat(line.path("alone_processor_ms").asDouble()).isPositive();
        assertThat(line.path("actors_processor_ms").asDouble()).isPositive();
        assertThat(line.path("processor_overhead").isNumber()).isTrue();
        List<Double> overheads = new ArrayList<>();
        line.path("overheads").forEach(one -> overheads.add(one.asDouble()));
        assertThat(overheads).hasSize(3).allMatch(one -> one > -1);
        assertThat(line.path("overhead").asDouble())
                .isCloseTo(overheads.stream().sorted().toList().get(1), within(1e-12));
    }

    @Test
    void actors_asText_saysWhatWasTrained() {
        CommandLine done = actors("--turns", "1");

        assertThat(done.exitCode()).as(done.err()).isZero();
        List<String> lines = done.out().lines().toList();
        assertThat(lines).hasSize(7);
        assertThat(lines.get(0))
                .isEqualTo(
                        "topk: B 32, D 16, F 64, k 4; 3 jobs of 20 updates, 2 slots of 1 threads; medians of 1 turns");
        assertThat(lines.get(1)).matches("ms of a slot an update +wall +beside updates +processor");
        assertThat(lines.get(2)).matches("plain threads( +\\d+\\.\\d\\d){3}");
        assertThat(lines.get(3)).matches("inside actors( +\\d+\\.\\d\\d){3}");
        assertThat(lines.get(4)).matches("overhead, by turn( +[+-]\\d+\\.\\d\\d %){3}");
        assertThat(lines.get(5)).matches("turns' overheads, wall +[+-]\\d+\\.\\d\\d %");
        assertThat(lines.get(6)).matches("beside updates +[+-]\\d+\\.\\d\\d %");
    }

    @Test
    void numbers_thatCannotBe_areNamed() {
        for (String[] wrong :
                new String[][] {{"bench", "messages", "--commands", "0"}, {"bench", "actors", "--turns", "0"}, {"bench"}
                }) {
            CommandLine refused = CommandLine.execute(wrong);
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err()).containsAnyOf("--commands", "--turns is 0", "what to time is missing");
            assertThat(refused.out()).isEmpty();
        }
    }
}
