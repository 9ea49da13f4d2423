package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins what two runs are held against one another by, in text, JSON and the page. */
class ComparisonTest {
    @TempDir
    Path folder;

    private static final String CONFIG = """
            name = %1$s
            train { rows = %2$d, batch-rows = 512 }
            jobs = [
              { name = topk, k = 32, learning-rate = %3$s, features = %4$d }
              { name = matryoshka, k = 32, learning-rate = 0.001, features = %4$d }
            ]
            """;

    private SampleRun run(String name, int rows, double rate, int features, double recovered) throws IOException {
        SampleRun run = new SampleRun(folder.resolve(name));
        run.write("run.conf", CONFIG.formatted(name, rows, rate, features));
        run.job("topk", "topk", 32, 400, 95, 0.7);
        run.job("matryoshka", "matryoshka", 32, 400, 95, 0.6);
        run.core("topk", 800, 32, 0.7, recovered, 0.9);
        return run;
    }

    private static Comparison.Asked asked(SampleRun run) {
        return new Comparison.Asked(String.valueOf(run.folder().getFileName()), run.folder(), "");
    }

    private static JsonNode json(Comparison comparison) throws IOException {
        return JsonFields.MAPPER.readTree(ComparisonJson.of(comparison));
    }

    private static Stream<JsonNode> stream(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static JsonNode number(JsonNode blocks, String block, String name) {
        Function<JsonNode, JsonNode> numbers = found -> stream(found.path("numbers"))
                .filter(line -> line.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
        return stream(blocks)
                .filter(one -> one.path("name").asText().equals(block))
                .findFirst()
                .map(numbers)
                .orElseThrow();
    }

    @Test
    void runs_areComparedByTheKeysThatDifferAndByJob() throws IOException {
        SampleRun one = run("one", 1000, 1e-3, 4096, 0.9);
        SampleRun other = run("other", 2000, 2e-3, 8192, 0.95);

        Comparison comparison = Comparison.of(List.of(asked(one), asked(other)));

        JsonNode json = json(comparison);
        assertThat(json.at("/config/run").toString())
                .isEqualTo("[{\"key\":\"train.rows\",\"values\":[\"1000\",\"2000\"]}]");
        assertThat(json.at("/config/all_jobs").toString())
                .isEqualTo("[{\"key\":\"features\",\"values\":[\"4096\",\"8192\"]}]");
        assertThat(json.at("/config/jobs").toString())
                .isEqualTo("{\"topk\":[{\"key\":\"learning-rate\",\"values\":[\"0.001\",\"0.002\"]}]}");
        assertThat(json.at("/seeds")).isEmpty();
        JsonNode recovered = number(json.path("jobs"), "topk", "CE recovered");
        assertThat(recovered.at("/values").toString()).isEqualTo("[0.9,0.95]");
        assertThat(recovered.at("/differences/1").asDouble()).isCloseTo(0.05, within(1e-12));
        assertThat(ComparisonText.of(comparison))
                .contains("train.rows: 1000 | 2000", "all jobs: features: 4096 | 8192")
                .contains("topk: learning-rate: 0.001 | 0.002")
                .containsPattern("CE recovered +0\\.900 +0\\.950 +\\+0\\.050")
                .doesNotContain("~");
    }

    @Test
    void jobs_thatOnlyOneSideHas_areNamed() throws IOException {
        SampleRun one = run("one", 1000, 1e-3, 4096, 0.9);
        SampleRun other = run("other", 1000, 1e-3, 4096, 0.9);
        other.job("gated", "gated", 32, 400, 95, 0.6);

        Comparison comparison = Comparison.of(List.of(asked(one), asked(other)));

        assertThat(ComparisonText.of(comparison))
                .contains("No key of the configurations differs.", "one has no job gated.");
        JsonNode steps = number(json(comparison).path("jobs"), "gated", "steps");
        assertThat(steps.at("/values/0").isNull()).isTrue();
        assertThat(steps.at("/differences/1").isNull()).isTrue();
    }

    @Test
    void singleJobs_areComparedWhateverTheirNames() throws IOException {
        SampleRun run = run("one", 1000, 1e-3, 4096, 0.9);

        Comparison comparison = Comparison.of(List.of(
                new Comparison.Asked("one/topk", run.folder(), "topk"),
                new Comparison.Asked("one/matryoshka", run.folder(), "matryoshka")));

        JsonNode json = json(comparison);
        assertThat(json.path("jobs")).hasSize(1);
        assertThat(number(json.path("jobs"), "job", "held-out variance explained")
                        .at("/differences/1")
                        .asDouble())
                .isCloseTo(-0.1, within(1e-3));
    }

    @Test
    void seeds_areComparedByTheirMeans_andWhatMayBeChanceIsMarked() throws IOException {
        SampleRun one = new SampleRun(folder.resolve("one"));
        SampleRun other = new SampleRun(folder.resolve("other"));
        for (int seed = 1; seed <= 3; seed++) {
            for (SampleRun run : List.of(one, other)) {
                run.job("topk-seed" + seed, "topk", 32, 400, 95, 0.7);
            }
            one.core("topk-seed" + seed, 800, 32, 0.70 + 0.01 * seed, 0.9, 0.9);
            other.core("topk-seed" + seed, 800, 32, 0.71 + 0.01 * seed, 0.9 + 0.01 * seed, 0.9);
        }

        Comparison comparison = Comparison.of(List.of(asked(one), asked(other)));

        JsonNode explained = number(json(comparison).path("seeds"), "topk", "variance explained");
        assertThat(explained.at("/values/0").asDouble()).isCloseTo(0.72, within(1e-12));
        assertThat(explained.at("/least/0").asDouble()).isCloseTo(0.71, within(1e-12));
        assertThat(explained.at("/most/0").asDouble()).isCloseTo(0.73, within(1e-12));
        assertThat(ComparisonText.of(comparison))
                .containsPattern(
                        "variance explained +0\\.720 \\[0\\.710, 0\\.730] +0\\.730 \\[0\\.720, 0\\.740] +~ \\+0\\.010")
                .containsPattern("CE recovered .*] +\\+0\\.020");
    }

    @Test
    void page_isOneFileWithTheCurvesInIt_andTextStaysText() throws IOException {
        SampleRun one = run("one", 1000, 1e-3, 4096, 0.9);
        SampleRun other = run("other", 2000, 1e-3, 4096, 0.95);
        other.write("run.conf", "name = other\n\"<script>\" = \"<b>\"\n");
        Path out = folder.resolve("out/here");

        Path page = ComparisonPage.write(Comparison.of(List.of(asked(one), asked(other))), out);

        String html = Files.readString(page);
        assertThat(page).isEqualTo(out.resolve("compare.html"));
        assertThat(html)
                .contains("data:image/png;base64,", "&lt;script&gt;", "&lt;b&gt;", "+0.050", "default-src 'none'")
                .doesNotContain("<script", "<b>", "http://", "https://");
        BufferedImage image = ImageIO.read(out.resolve("curves.png").toFile());
        assertThat(image.getWidth()).isEqualTo(1600);
        assertThat(image.getRGB(0, 0)).isEqualTo(0xFFFFFFFF);
        boolean[] seen = new boolean[2];
        for (int x = 0; x < 1100; x++) {
            for (int y = 110; y < image.getHeight(); y++) {
                seen[0] |= image.getRGB(x, y) == Palette.of(0, 0).colour().getRGB();
                seen[1] |= image.getRGB(x, y) == Palette.of(1, 0).colour().getRGB();
            }
        }
        assertThat(seen).containsExactly(true, true);
    }

    @Test
    void runThatHasOnlyBegun_isComparedAsFarAsItGoes() throws IOException {
        SampleRun one = run("one", 1000, 1e-3, 4096, 0.9);
        SampleRun begun = new SampleRun(folder.resolve("begun"));
        begun.write("run.conf", "name = begun\njobs = [{");
        begun.state("topk", "topk", "running", 32, "");
        begun.write("jobs/topk/metrics.jsonl", "{\"split\":\"train\",\"st");

        Comparison comparison = Comparison.of(List.of(asked(one), asked(begun)));

        assertThat(ComparisonText.of(comparison)).contains("begun: run.conf is no configuration");
        assertThat(Files.readString(ComparisonPage.write(comparison, folder.resolve("out"))))
                .contains("begun has no job matryoshka.");
    }

    @Test
    void whatCannotBeCompared_isNamed() throws IOException {
        SampleRun one = run("one", 1000, 1e-3, 4096, 0.9);
        assertThatThrownBy(() -> Comparison.of(List.of(asked(one))))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("nothing to compare one with");
        assertThatThrownBy(() ->
                        Comparison.of(List.of(asked(one), new Comparison.Asked("one/gated", one.folder(), "gated"))))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("no job named gated; it has matryoshka, topk");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertThatThrownBy(() -> Comparison.of(List.of(asked(one), new Comparison.Asked("empty", empty, ""))))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("holds neither run.conf nor jobs");
    }
}
