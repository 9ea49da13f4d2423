package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows are as pyarrow wrote them, whatever the compression, and in order over all files; what is missing is named. */
class DataFolderTest {
    private static final List<String> COLUMNS = List.of(
            "text", "label", "rating", "big", "small", "yes", "comment", "translation.en", "translation.fr", "choices");

    @TempDir
    Path root;

    private static InputStream golden(String file) {
        InputStream in = DataFolderTest.class.getResourceAsStream("/golden/parquet/" + file);
        assertThat(in).as(file).isNotNull();
        return in;
    }

    private static JsonNode rows() throws IOException {
        try (InputStream in = golden("rows.json")) {
            JsonNode rows = new ObjectMapper().readTree(in).required("rows");
            assertThat(rows.size()).isEqualTo(100);
            return rows;
        }
    }

    private void put(String golden, String place) throws IOException {
        Path file = root.resolve(place);
        Files.createDirectories(file.getParent());
        try (InputStream in = golden(golden)) {
            Files.copy(in, file);
        }
    }

    private void write(String place, String... lines) throws IOException {
        Path file = root.resolve(place);
        Files.createDirectories(file.getParent());
        Files.write(file, List.of(lines));
    }

    private static void requireGolden(DataFolder.Split split) throws IOException {
        JsonNode golden = rows();
        List<Integer> numbers = new ArrayList<>();
        split.read(COLUMNS, (number, row) -> {
            JsonNode wanted = golden.get(number);
            numbers.add(number);
            assertThat(row.text("text")).isEqualTo(wanted.get("text").textValue());
            assertThat(row.integer("label")).isEqualTo(wanted.get("label").longValue());
            assertThat(row.number("rating")).isEqualTo(wanted.get("rating").doubleValue());
            assertThat(row.integer("rating")).isEqualTo(wanted.get("rating").longValue());
            assertThat(row.integer("big")).isEqualTo(wanted.get("big").longValue());
            assertThat(row.integer("small")).isEqualTo(wanted.get("small").longValue());
            assertThat(row.text("translation.en"))
                    .isEqualTo(wanted.get("translation").get("en").textValue());
            if (wanted.get("translation").get("fr").isNull()) {
                assertThatThrownBy(() -> row.text("translation.fr"))
                        .hasMessageEndingWith("column translation.fr wants a text, but is null");
            } else {
                assertThat(row.text("translation.fr"))
                        .isEqualTo(wanted.get("translation").get("fr").textValue());
            }
            List<String> choices = new ArrayList<>();
            wanted.get("choices").forEach(choice -> choices.add(choice.textValue()));
            assertThat(row.texts("choices")).isEqualTo(choices);
            assertThat(row.has("comment")).isTrue();
            return true;
        });
        assertThat(numbers).hasSize(100).isSorted();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "snappy", "zstd", "gzip", "plain-v2"})
    void read_parquetOfEachCompression_givesTheRows(String kind) throws IOException {
        put(kind + ".parquet", "owner/set/test-00000-of-00001.parquet");

        requireGolden(new DataFolder(root).split("owner/set", "test").requireWhole());
    }

    @Test
    void read_twoFilesInTheFolderData_givesTheirRowsOneAfterTheOther() throws IOException {
        put("train-00001-of-00002.parquet", "owner/set/data/train-00001-of-00002.parquet");
        put("train-00000-of-00002.parquet", "owner/set/data/train-00000-of-00002.parquet");

        requireGolden(new DataFolder(root).split("owner/set", "train").requireWhole());
    }

    @Test
    void read_jsonLinesOfAConfiguration_givesTheRows() throws IOException {
        List<String> lines = new ArrayList<>();
        rows().forEach(row -> lines.add(row.toString()));
        write("owner/set/en-fr/validation.jsonl", lines.toArray(String[]::new));

        requireGolden(
                new DataFolder(root).split("owner/set", "en-fr", "validation").requireWhole());
    }

    @Test
    void read_sinkThatHasEnough_stops() throws IOException {
        put("snappy.parquet", "owner/set/train.parquet");
        List<Integer> numbers = new ArrayList<>();

        new DataFolder(root).split("owner/set", "train").read(List.of("label"), (number, row) -> {
            numbers.add(number);
            return number < 40;
        });

        assertThat(numbers).hasSize(41);
    }

    @Test
    void texts_ofRowsInAnyOrder_comeInThatOrder() throws IOException {
        put("train-00000-of-00002.parquet", "owner/set/train-00000-of-00002.parquet");
        put("train-00001-of-00002.parquet", "owner/set/train-00001-of-00002.parquet");

        assertThat(new DataFolder(root).split("owner/set", "train").texts("translation.en", new int[] {80, 3, 37}))
                .containsExactly("english 80", "english 3", "english 37");
    }

    @Test
    void hasColumn_looksIntoTheFirstFile() throws IOException {
        put("zstd.parquet", "owner/set/train.parquet");
        write("owner/other/train.jsonl", "{\"code\": \"x\"}");

        DataFolder folder = new DataFolder(root);
        assertThat(folder.split("owner/set", "train").hasColumn("label")).isTrue();
        assertThat(folder.split("owner/set", "train").hasColumn("code")).isFalse();
        assertThat(folder.split("owner/other", "train").hasColumn("code")).isTrue();
        assertThat(folder.split("owner/other", "train").hasColumn("label")).isFalse();
    }

    @Test
    void split_thatIsNotThere_isNamedWithItsPlace() throws IOException {
        put("zstd.parquet", "owner/set/trainer.parquet");

        assertThatThrownBy(() -> new DataFolder(root).split("owner/set", "train"))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("no split train of owner/set in the data folder " + root)
                .hasMessageContaining("owner/set/train-00000-of-00001.parquet");
        assertThatThrownBy(() -> new DataFolder(root).split("owner/set", "en-fr", "train"))
                .hasMessageContaining("no split train of owner/set/en-fr");
    }

    @Test
    void parts_thatAreMissing_areNamed() throws IOException {
        put("train-00000-of-00002.parquet", "owner/first/train-00000-of-00002.parquet");
        put("train-00001-of-00002.parquet", "owner/last/train-00001-of-00002.parquet");

        DataFolder.Split first = new DataFolder(root).split("owner/first", "train");
        assertThat(first.requireBeginning()).isSameAs(first);
        assertThatThrownBy(first::requireWhole).hasMessageContaining("part 1 of the 2");
        assertThatThrownBy(
                        () -> new DataFolder(root).split("owner/last", "train").requireBeginning())
                .hasMessageContaining("part 0 of the 2");
    }

    @Test
    void read_columnThatIsNotThere_isNamedWithThoseThatAre() throws IOException {
        put("none.parquet", "owner/set/train.parquet");
        write("owner/other/train.jsonl", "{\"text\": \"a\", \"label\": 1}", "", "{\"text\": 3}");

        DataFolder folder = new DataFolder(root);
        assertThatThrownBy(() -> folder.split("owner/set", "train").read(List.of("hard_text"), (number, row) -> true))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("has no column hard_text; it has text, label, rating");
        assertThatThrownBy(() -> folder.split("owner/other", "train").texts("text", new int[] {0, 1}))
                .hasMessageEndingWith("train.jsonl:3: column text wants a text, but is 3");
        assertThatThrownBy(() -> folder.split("owner/other", "train").texts("body", new int[] {0}))
                .hasMessageEndingWith("train.jsonl:1: column body wants a text, but is missing");
    }

    @Test
    void read_damagedFile_isNamed() throws IOException {
        write("owner/set/train.parquet", "this is not parquet, though it is called so");
        write("owner/other/train.jsonl", "{\"text\": \"a\"}", "{\"text\": ");
        write("owner/third/train.jsonl", "[1]");

        DataFolder folder = new DataFolder(root);
        assertThatThrownBy(() -> folder.split("owner/set", "train").read(List.of("text"), (number, row) -> true))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("train.parquet cannot be read as parquet");
        assertThatThrownBy(() -> folder.split("owner/other", "train").read(List.of("text"), (number, row) -> true))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("train.jsonl:2: not JSON");
        assertThatThrownBy(() -> folder.split("owner/third", "train").read(List.of("text"), (number, row) -> true))
                .hasMessageContaining("train.jsonl:1: no JSON object");
    }
}
