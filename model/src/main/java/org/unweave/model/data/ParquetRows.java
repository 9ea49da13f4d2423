package org.unweave.model.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.HardwoodContext;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.SchemaElement;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.StructAccessor;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.SchemaNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rows of a parquet file, of which only the wanted columns are read. */
final class ParquetRows implements DataRows {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Path path;
    private final HardwoodContext context = HardwoodContext.create(1);
    private final ParquetFileReader file;
    private final RowReader rows;
    private long row = -1;

    ParquetRows(Path path, List<String> columns) {
        this.path = path;
        try {
            this.file = ParquetFileReader.open(InputFile.of(path), context);
            for (String column : columns) {
                requireColumn(column);
            }
            this.rows = file.buildRowReader()
                    .projection(ColumnProjection.columns(columns.toArray(String[]::new)))
                    .build();
        } catch (IOException | RuntimeException e) {
            context.close();
            throw unreadable(e);
        }
    }

    /** The names of the columns, those inside others not among them. */
    static Set<String> columns(Path path) {
        try (HardwoodContext context = HardwoodContext.create(1);
                ParquetFileReader file = ParquetFileReader.open(InputFile.of(path), context)) {
            return names(file);
        } catch (IOException | RuntimeException e) {
            throw new DataFolderException(path + " cannot be read as parquet: " + e.getMessage(), e);
        }
    }

    private static Set<String> names(ParquetFileReader file) {
        return file.getFileSchema().getRootNode().children().stream()
                .map(SchemaNode::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private void requireColumn(String column) {
        Set<String> all = file.getFileMetaData().schema().stream()
                .map(SchemaElement::name)
                .collect(Collectors.toSet());
        for (String name : column.split("\\.")) {
            if (!all.contains(name)) {
                throw new DataFolderException(
                        path + " has no column " + column + "; it has " + String.join(", ", names(file)));
            }
        }
    }

    @Override
    public @Nullable DataRow next() {
        try {
            if (!rows.hasNext()) {
                return null;
            }
            rows.next();
            row++;
            return new DataRow(object(rows), path + ", row " + row);
        } catch (RuntimeException e) {
            throw unreadable(e);
        }
    }

    private static ObjectNode object(StructAccessor fields) {
        ObjectNode object = NODES.objectNode();
        for (int i = 0; i < fields.getFieldCount(); i++) {
            object.set(fields.getFieldName(i), fields.isNull(i) ? NODES.nullNode() : node(fields.getValue(i)));
        }
        return object;
    }

    private static JsonNode node(@Nullable Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case String text -> NODES.textNode(text);
            case Byte number -> NODES.numberNode(number);
            case Short number -> NODES.numberNode(number);
            case Integer number -> NODES.numberNode(number);
            case Long number -> NODES.numberNode(number);
            case Double number -> NODES.numberNode(number);
            case Float number -> NODES.numberNode(number);
            case Boolean truth -> NODES.booleanNode(truth);
            case PqStruct struct -> object(struct);
            case PqList list -> array(list);
            default -> NODES.pojoNode(value);
        };
    }

    private static ArrayNode array(PqList list) {
        ArrayNode array = NODES.arrayNode();
        for (int i = 0; i < list.size(); i++) {
            array.add(list.isNull(i) ? NODES.nullNode() : node(list.get(i)));
        }
        return array;
    }

    private DataFolderException unreadable(Exception e) {
        if (e instanceof DataFolderException known) {
            return known;
        }
        String after = row < 0 ? "" : " after row " + row;
        return new DataFolderException(path + " cannot be read as parquet" + after + ": " + e.getMessage(), e);
    }

    @Override
    public void close() {
        rows.close();
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            context.close();
        }
    }
}
