package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.eval.report.MetricsTable.Row;

/** Pins which rows a run's metrics become, and that each format holds the same ones. */
class MetricsTableTest {
    @TempDir
    Path folder;

    private SampleRun run() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("one"));
        run.state("topk", "topk", "running", 32, "");
        run.write(
                "jobs/topk/metrics.jsonl",
                "{\"split\":\"train\",\"step\":5,\"rows\":640,\"wall_s\":1.5,\"loss\":0.25,\"terms\":{\"a,\\\"b\\\"\":0.125},"
                        + "\"term_gradient_share\":{\"aux\":0.5},\"curves\":{\"threshold\":3},\"l0\":16,\"lr\":1e-3,"
                        + "\"variance_explained\":null}\n"
                        + "{\"split\":\"held-out\",\"step\":5,\"rows\":640,\"wall_s\":1.5,\"loss\":0.5}\n"
                        + "{\"split\":\"tra");
        return run;
    }

    private static final List<Row> ROWS = List.of(
            new Row("one", "topk", "topk", "train", 5, 640, 1.5, "loss", 0.25),
            new Row("one", "topk", "topk", "train", 5, 640, 1.5, "term.a,\"b\"", 0.125),
            new Row("one", "topk", "topk", "train", 5, 640, 1.5, "gradient_share.aux", 0.5),
            new Row("one", "topk", "topk", "train", 5, 640, 1.5, "curve.threshold", 3),
            new Row("one", "topk", "topk", "train", 5, 640, 1.5, "l0", 16),
            new Row("one", "topk", "topk", "train", 5, 640, 1.5, "lr", 1e-3),
            new Row("one", "topk", "topk", "held-out", 5, 640, 1.5, "loss", 0.5));

    @Test
    void rows_areTheNumbersThatAreThere() throws IOException {
        MetricsTable table = MetricsTable.of(run().folder(), "");

        assertThat(table.rows()).isEqualTo(ROWS);
        assertThat(table.problems()).isEmpty();
    }

    @Test
    void damagedLine_isNamedAndTheOthersAreThere() throws IOException {
        SampleRun run = run();
        run.state("other", "topk", "running", 32, "");
        run.write(
                "jobs/other/metrics.jsonl",
                "{\"split\":\"train\",\"step\":1,\"loss\":1}\nnot json\n{\"split\":\"train\",\"step\":2,\"loss\":0.5}\n");

        MetricsTable both = MetricsTable.of(run.folder(), "");
        MetricsTable topk = MetricsTable.of(run.folder(), "topk");

        assertThat(both.rows()).hasSize(ROWS.size() + 2);
        assertThat(both.problems())
                .containsExactly("jobs/other/metrics.jsonl, line 2, is not a JSON object and is left out.");
        assertThat(topk.rows()).isEqualTo(ROWS);
        assertThat(topk.problems()).isEmpty();
    }

    @Test
    void job_thatIsNotThere_namesThoseThatAre() throws IOException {
        Path run = run().folder();
        assertThatThrownBy(() -> MetricsTable.of(run, "gated"))
                .isInstanceOf(RunFolderException.class)
                .hasMessage("the run one has no job named gated; it has topk");
    }

    @Test
    void run_withoutMetrics_hasNoRows() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("empty"));
        assertThat(MetricsTable.of(run.folder(), "").rows()).isEmpty();
        StringWriter out = new StringWriter();
        MetricsFormat.CSV.write(MetricsTable.of(run.folder(), ""), out);
        assertThat(out.toString()).isEqualTo(String.join(",", MetricsTable.COLUMNS) + "\n");
        Path file = folder.resolve("empty.parquet");
        MetricsFormat.PARQUET.write(MetricsTable.of(run.folder(), ""), file);
        assertThat(parquet(file)).isEmpty();
    }

    @Test
    void csv_quotesWhatNeedsIt() throws IOException {
        StringWriter out = new StringWriter();
        MetricsFormat.CSV.write(MetricsTable.of(run().folder(), ""), out);

        assertThat(out.toString().lines())
                .hasSize(1 + ROWS.size())
                .contains("one,topk,topk,train,5,640,1.5,\"term.a,\"\"b\"\"\",0.125")
                .contains("one,topk,topk,held-out,5,640,1.5,loss,0.5");
    }

    @Test
    void jsonLines_areAnObjectEach() throws IOException {
        StringWriter out = new StringWriter();
        MetricsFormat.JSONL.write(MetricsTable.of(run().folder(), ""), out);

        List<Row> read = new ArrayList<>();
        for (String line : out.toString().split("\n")) {
            JsonNode node = JsonFields.MAPPER.readTree(line);
            read.add(new Row(
                    node.required("run").asText(),
                    node.required("job").asText(),
                    node.required("variant").asText(),
                    node.required("split").asText(),
                    node.required("step").asLong(),
                    node.required("rows").asLong(),
                    node.required("wall_s").asDouble(),
                    node.required("metric").asText(),
                    node.required("value").asDouble()));
        }
        assertThat(read).isEqualTo(ROWS);
    }

    @Test
    void parquet_isReadAsTheSameRowsByAnotherLibrary() throws IOException {
        Path file = folder.resolve("metrics.parquet");
        MetricsFormat.PARQUET.write(MetricsTable.of(run().folder(), ""), file);

        assertThat(parquet(file)).isEqualTo(ROWS);
    }

    @Test
    void parquet_ofSeveralRowGroups_losesNothing() throws IOException {
        List<Row> many = new ArrayList<>();
        for (int i = 0; i < 100_001; i++) {
            many.add(new Row("r\u00F6n", "job" + i % 21, "v", "train", i, 512L * i, i / 3.0, "loss", -i / 7.0));
        }
        Path file = folder.resolve("many.parquet");
        MetricsFormat.PARQUET.write(new MetricsTable(many, List.of()), file);

        assertThat(parquet(file)).isEqualTo(many);
        assertThat(Files.size(file)).isLessThan(3_000_000);
    }

    private static List<Row> parquet(Path file) throws IOException {
        List<Row> read = new ArrayList<>();
        try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file));
                RowReader rows = reader.buildRowReader().build()) {
            while (rows.hasNext()) {
                rows.next();
                read.add(new Row(
                        rows.getString("run"),
                        rows.getString("job"),
                        rows.getString("variant"),
                        rows.getString("split"),
                        rows.getLong("step"),
                        rows.getLong("rows"),
                        rows.getDouble("wall_s"),
                        rows.getString("metric"),
                        rows.getDouble("value")));
            }
        }
        return read;
    }

    @Test
    void file_thatCannotBeWritten_isNamedAndNothingIsLeft() throws IOException {
        MetricsTable table = MetricsTable.of(run().folder(), "");
        Path taken = Files.createDirectories(folder.resolve("taken"));
        Files.writeString(taken.resolve("inside"), "x", StandardCharsets.UTF_8);
        assertThatThrownBy(() -> MetricsFormat.CSV.write(table, taken))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("cannot write " + taken);
        assertThatThrownBy(() -> MetricsFormat.CSV.write(table, folder.resolve("absent/metrics.csv")))
                .isInstanceOf(RunFolderException.class);
    }
}
