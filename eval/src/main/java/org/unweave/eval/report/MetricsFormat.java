package org.unweave.eval.report;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** The formats that a table of metrics is written in. */
public enum MetricsFormat {
    /** A header, then a line a row, as RFC 4180 has it but for its line ends, which are {@code \n}. */
    CSV,
    /** An object a line. */
    JSONL,
    /** Parquet, a column each; can be written to a file only. */
    PARQUET;

    private static final CSVFormat RFC =
            CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

    /** The format of this word, {@code csv}. */
    public static Optional<MetricsFormat> of(String word) {
        return Arrays.stream(values())
                .filter(format -> format.word().equals(word))
                .findFirst();
    }

    /** As a person names it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean text() {
        return this != PARQUET;
    }

    /**
     * Writes a table as text.
     *
     * @throws IllegalStateException where {@link #text} does not hold
     */
    public void write(MetricsTable table, Writer out) throws IOException {
        switch (this) {
            case CSV -> csv(table.rows(), out);
            case JSONL -> jsonLines(table.rows(), out);
            case PARQUET -> throw new IllegalStateException("parquet is no text");
        }
        out.flush();
    }

    /**
     * Writes a table to a file, which is the old one or the whole new one at any instant.
     *
     * @throws RunFolderException if it cannot be written
     */
    public void write(MetricsTable table, Path file) {
        Path absolute = file.toAbsolutePath();
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + ".tmp");
        try {
            if (text()) {
                try (Writer out = Files.newBufferedWriter(temporary)) {
                    write(table, out);
                }
            } else {
                try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary))) {
                    parquet(table.rows(), out);
                }
            }
            Files.move(temporary, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new RunFolderException("cannot write " + file + ": " + failure, failure);
        }
    }

    private static void csv(List<MetricsTable.Row> rows, Writer out) throws IOException {
        // Not closed: the writer stays its giver's.
        CSVPrinter printer = new CSVPrinter(out, RFC);
        printer.printRecord(MetricsTable.COLUMNS);
        for (MetricsTable.Row row : rows) {
            printer.printRecord(
                    row.run(),
                    row.job(),
                    row.variant(),
                    row.split(),
                    row.step(),
                    row.rows(),
                    row.wallSeconds(),
                    row.metric(),
                    row.value());
        }
        printer.flush();
    }

    private static void jsonLines(List<MetricsTable.Row> rows, Writer out) throws IOException {
        ObjectWriter writer = JsonFields.MAPPER.writer();
        for (MetricsTable.Row row : rows) {
            ObjectNode json = JsonFields.MAPPER.createObjectNode();
            json.put("run", row.run());
            json.put("job", row.job());
            json.put("variant", row.variant());
            json.put("split", row.split());
            json.put("step", row.step());
            json.put("rows", row.rows());
            json.put("wall_s", row.wallSeconds());
            json.put("metric", row.metric());
            json.put("value", row.value());
            out.write(writer.writeValueAsString(json));
            out.write('\n');
        }
    }

    private static void parquet(List<MetricsTable.Row> rows, OutputStream out) throws IOException {
        ParquetTable<MetricsTable.Row> table = new ParquetTable<MetricsTable.Row>()
                .texts("run", MetricsTable.Row::run)
                .texts("job", MetricsTable.Row::job)
                .texts("variant", MetricsTable.Row::variant)
                .texts("split", MetricsTable.Row::split)
                .integers("step", MetricsTable.Row::step)
                .integers("rows", MetricsTable.Row::rows)
                .numbers("wall_s", MetricsTable.Row::wallSeconds)
                .texts("metric", MetricsTable.Row::metric)
                .numbers("value", MetricsTable.Row::value);
        table.write(rows, out);
    }
}
