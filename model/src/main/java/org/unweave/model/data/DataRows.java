package org.unweave.model.data;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of one file, in order. Close it. */
sealed interface DataRows extends AutoCloseable permits JsonRows, ParquetRows {
    /**
     * Opens a file by its kind.
     *
     * @param columns what the rows shall have; others may be left out of them
     */
    static DataRows open(Path file, List<String> columns) {
        return file.toString().endsWith(".parquet") ? new ParquetRows(file, columns) : new JsonRows(file);
    }

    /** The next row, or null behind the last. */
    @Nullable
    DataRow next();

    @Override
    void close();
}
