package org.unweave.model.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.model.TestJobs;
import org.unweave.model.checkpoint.CheckpointFolder;
import org.unweave.model.checkpoint.Manifest;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.exchange.AttributionSnapshot.Source;
import org.unweave.model.exchange.ExchangeRecord.Heard;
import org.unweave.model.math.State;

/** What was heard comes back bit for bit from its lines, from a state and from a state's file; a line of else is refused. */
class ExchangeRecordTest {
    private static final Heard STATISTICS =
            new Heard(40, new EmaStatistics("dynamic-margin", 20, 0.1 + 0.2, 1e-17, -Math.PI, 261_632));
    private static final Heard ATTRIBUTION = new Heard(
            Long.MAX_VALUE,
            new AttributionSnapshot(
                    "self-aligned",
                    1L << 53,
                    Source.EVALUATOR,
                    "spurious",
                    4096,
                    List.of(new Attributed(4095, 1 / 3.0), new Attributed(0, Double.MIN_VALUE)),
                    Math.nextUp(0.1),
                    0.7));
    private static final Heard NOTHING_FOUND =
            new Heard(0, new AttributionSnapshot("x", 0, Source.PROBE, "spurious", 1, List.of(), 0, -0.0));

    @TempDir
    Path folder;

    static List<Heard> all() {
        return List.of(STATISTICS, ATTRIBUTION, NOTHING_FOUND);
    }

    private static ExchangeRecord record() {
        ExchangeRecord record = new ExchangeRecord();
        all().forEach(record::add);
        return record;
    }

    private static State saved(ExchangeRecord record) {
        State state = new State();
        record.save(state);
        return state;
    }

    @ParameterizedTest
    @MethodSource("all")
    void line_read_isWhatWasHeard(Heard heard) {
        String line = ExchangeRecord.line(heard);

        assertThat(line).doesNotContain("\n");
        assertThat(ExchangeRecord.heard(line)).isEqualTo(heard);
    }

    @Test
    void line_saysTheStepBeforeWhatWasTold() {
        assertThat(ExchangeRecord.line(new Heard(40, new EmaStatistics("topk", 20, 0.25, 0.5, 1.25, 6))))
                .isEqualTo("{\"step\":40,\"statistics\":{\"job\":\"topk\",\"step\":20,\"similarityMean\":0.25,"
                        + "\"similaritySd\":0.5,\"margin\":1.25,\"count\":6}}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{\"step\":1}",
                "{\"step\":1,\"statistics\":null}",
                "{\"step\":1,\"statistics\":{\"job\":\"a\",\"step\":1,\"similarityMean\":0}}",
                "{\"step\":1,\"statistics\":{\"job\":\"a\",\"st",
                "{\"step\":1,\"attribution\":{\"job\":\"a\",\"step\":1}}",
                "{\"statistics\":{\"job\":\"a\",\"step\":1,\"similarityMean\":0,\"similaritySd\":0,\"margin\":0,\"count\":1}}"
            })
    void line_ofSomethingElse_isRefused(String line) {
        assertThatThrownBy(() -> ExchangeRecord.heard(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no record of what was heard");
    }

    @Test
    void state_loaded_hasTheSameInItsOrder() {
        ExchangeRecord loaded = new ExchangeRecord();
        loaded.add(STATISTICS);

        loaded.load(saved(record()));

        assertThat(loaded.all()).isEqualTo(all());
        assertThat(saved(loaded).bytes("exchange.heard"))
                .isEqualTo(saved(record()).bytes("exchange.heard"));
        assertThat(ExchangeRecord.of(saved(record()))).isEqualTo(all());
    }

    @Test
    void emptyRecord_leavesNoArray_andIsLoadedFromNone() {
        assertThat(saved(new ExchangeRecord()).arrays()).isEmpty();
        ExchangeRecord loaded = record();

        loaded.load(new State());

        assertThat(loaded.all()).isEmpty();
    }

    @Test
    void stateFile_read_hasTheSame() {
        Manifest manifest =
                new Manifest(Manifest.VERSION, TestJobs.topK("topk", 16, 4), 7, 0, 8, 100, 32, 1, "", "", 0, Map.of());
        State state = saved(record());
        state.put("counter", 5L);
        new CheckpointFolder(folder).write(manifest, "", state);

        State read = new CheckpointFolder(folder).newest().orElseThrow().state();

        assertThat(ExchangeRecord.of(read)).isEqualTo(all());
        assertThat(read.bytes("exchange.heard")).isEqualTo(state.bytes("exchange.heard"));
        assertThat(read.longs("counter", 1)).containsExactly(5);
    }
}
