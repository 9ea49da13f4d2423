package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report holds every job and plot of a run, fetches and runs nothing, and is made of an unfinished run too. */
class ReportTest {
    private static final Pattern IMAGE =
            Pattern.compile("<img alt=\"([^\"]+)\"[^>]*src=\"data:image/png;base64,([^\"]+)\"");

    @TempDir
    Path folder;

    @Test
    void report_ofAWholeRun_holdsJobsPlotsSizesAndConfiguration() throws IOException {
        Path run = SampleRun.write(folder.resolve("quick-1"));

        Path file = Report.write(run);

        String html = Files.readString(file);
        assertThat(file).isEqualTo(run.resolve("report.html").toAbsolutePath());
        assertThat(html)
                .contains(
                        "<h1>quick-1</h1>",
                        "3 jobs: 3 done",
                        "batch-rows = 512",
                        "n_eval_sequences",
                        "outlier_positions")
                .contains("probe_train_set_size", "prefers-color-scheme: dark", "quantized");
        for (String job : List.of("topk", "standard", "dynamic-margin", "random-control", "model (no SAE)")) {
            assertThat(html).contains("<th scope=\"row\">" + job);
        }
        assertThat(images(html)).hasSize(6);
    }

    @Test
    void report_ofARun_ranksItsVariantsAndLinksThePagesOfTheirFeatures() throws IOException {
        Path run = SampleRun.write(folder.resolve("quick-1"));
        assertThat(Files.readString(Report.write(run)))
                .contains("bin/unweave features quick-1/JOB makes one", "<h2>Leaderboard</h2>");
        Path page = run.resolve("features/topk/index.html");
        Files.createDirectories(page.getParent());
        Files.writeString(page, "<p>a page</p>");

        String html = Files.readString(Report.write(run));

        assertThat(html).contains("<a href=\"features/topk/index.html\">topk</a>");
        // standard has an L0 of 44 for 32.
        assertThat(html).contains("standard missed its L0, 44.0 for 32, and is not ranked.", "off L0");
        assertThat(html.indexOf("dynamic-margin", html.indexOf("id=\"leaderboard\"")))
                .isGreaterThan(html.indexOf(">topk", html.indexOf("id=\"leaderboard\"")));
    }

    @Test
    void report_ofARunWithAttributions_isTheSameBesideTheirSettings() throws IOException {
        Path plain = SampleRun.write(folder.resolve("plain/quick-1"));
        Path run = SampleRun.write(folder.resolve("quick-1"));
        Path attribution = run.resolve("evals/attribution/quick-1_topk_80_custom_sae_eval_results.json");
        Files.createDirectories(attribution.getParent());
        Files.writeString(attribution, """
                {"eval_type_id":"attribution","eval_config":{"part":"development"},
                 "eval_result_metrics":{"attribution":{"probe_accuracy":0.8,"percentile_85":0.01,"top_latents":1}},
                 "sae_lens_release_id":"quick-1_topk_80","job":"topk","step":80,"attribute":"spurious","features":4096,
                 "sae_cfg_dict":{"d_in":4},"eval_result_details":[{"latent":3,"attribution":1.0}]}
                """);

        String html = Files.readString(Report.write(run));

        assertThat(RunFiles.read(run).problems()).isEmpty();
        assertThat(html).contains("<h3>attribution</h3>", "development");
        assertThat(images(html)).hasSize(6);
        assertThat(ResultTable.of(run).text()).isEqualTo(ResultTable.of(plain).text());
        assertThat(html.length())
                .isGreaterThan(Files.readString(Report.write(plain)).length());
    }

    @Test
    void plots_ofAWholeRun_areImagesOfTheirSizeWithSeveralColours() throws IOException {
        Path run = SampleRun.write(folder.resolve("r"));

        Plots.Written written = Plots.write(RunFiles.read(run));

        assertThat(written.missing()).isEmpty();
        assertThat(written.plots())
                .extracting(plot -> plot.file().getFileName().toString())
                .containsExactly(
                        "training_curves.png",
                        "l0_ce_recovered.png",
                        "sparse_probing.png",
                        "sparse_probing_by_k.png",
                        "pareto.png",
                        "feature_statistics.png");
        for (Plots.Plot plot : written.plots()) {
            BufferedImage image = ImageIO.read(plot.file().toFile());
            assertThat(image.getWidth()).isEqualTo(1600);
            assertThat(image.getHeight()).isEqualTo(1000);
            assertThat(colours(image)).hasSizeGreaterThan(50);
            // Each job's colour is somewhere to be seen, outside the legend.
            for (String job : List.of("topk", "standard", "dynamic-margin")) {
                int colour =
                        new Palette(RunFiles.read(run).saes()).of(job).colour().getRGB();
                assertThat(colours(image.getSubimage(0, 110, 1150, 880)))
                        .as(plot.title() + " " + job)
                        .contains(colour);
            }
        }
        try (Stream<Path> files = Files.list(run.resolve("plots"))) {
            assertThat(files).hasSize(6);
        }
    }

    @Test
    void plots_ofInterventions_areThereForThoseThatWereMade() throws IOException {
        Path folder = SampleRun.write(this.folder.resolve("r"));
        SampleRun run = new SampleRun(folder);
        run.interventions("topk", "800", 0.4);
        run.interventions("topk", "800_seed2", 0.3);
        run.interventions("standard", "800", 0.2);
        run.interventions("random-control", "0", 0.02);

        Plots.Written written = Plots.write(RunFiles.read(folder));

        assertThat(written.missing()).isEmpty();
        assertThat(written.plots())
                .extracting(plot -> plot.file().getFileName().toString())
                .contains("scr.png", "tpp.png", "unlearning_scores.png");
        int colour =
                new Palette(RunFiles.read(folder).saes()).of("topk").colour().getRGB();
        for (Plots.Plot plot : written.plots()) {
            BufferedImage image = ImageIO.read(plot.file().toFile());
            assertThat(colours(image.getSubimage(0, 110, 1150, 880)))
                    .as(plot.title())
                    .contains(colour);
        }
    }

    @Test
    void report_madeTwice_isTheSame() throws IOException {
        Path run = SampleRun.write(folder.resolve("r"));

        String first = Files.readString(Report.write(run));
        String second = Files.readString(Report.write(run));

        assertThat(second).isEqualTo(first);
    }

    @Test
    void text_ofTheRunsFiles_isEscapedWhereverItStands() throws IOException {
        String evil = "<script>alert('x')</script>&\"";
        SampleRun run = new SampleRun(folder.resolve("r"));
        String json = evil.replace("\"", "\\\"");
        run.write("run.conf", "name = " + evil);
        run.write(
                "jobs/topk/state.json",
                "{\"variant\":\"" + json + "\",\"state\":\"failed\",\"reason\":\"" + json + "\"}");
        run.write("jobs/topk/metrics.jsonl", "{\"split\":\"train\",\"step\":1,\"terms\":{\"" + json + "\":1}}\n\n");
        run.write("provenance.json", "{\"" + json + "\":[\"" + json + "\"]}");
        run.write(
                "evals/sparse_probing/r_<b>topk_5_custom_sae_eval_results.json",
                "{\"eval_config\":{\"" + json + "\":{\"" + json + "\":1}},\"eval_id\":\"" + json
                        + "\",\"eval_result_metrics\":{\"sae\":{\"sae_top_5_test_accuracy\":0.7}},"
                        + "\"eval_result_details\":[{\"dataset_name\":\"" + json
                        + "\",\"sae_top_5_test_accuracy\":0.7}]}");

        String html = Files.readString(Report.write(run.folder()));

        assertThat(html).doesNotContain("<script", "alert('", "<b>topk");
        assertThat(html).contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;");
    }

    @Test
    void report_fetchesAndRunsNothing() throws IOException {
        Path run = SampleRun.write(folder.resolve("r"));

        String html = Files.readString(Report.write(run));

        assertThat(html)
                .contains("default-src 'none'")
                .doesNotContain("http://", "https://", "<script", "@import", "url(");
    }

    @Test
    void images_ofTheReport_haveATextForThoseWhoDoNotSeeThem() throws IOException {
        Path run = SampleRun.write(folder.resolve("r"));

        String html = Files.readString(Report.write(run));

        Matcher image = IMAGE.matcher(html);
        while (image.find()) {
            assertThat(image.group(1)).hasSizeGreaterThan(40);
        }
        assertThat(html.split("<table", -1)).hasSameSizeAs(html.split("<caption>", -1));
    }

    @Test
    void report_ofARunWithoutEvaluations_showsWhatThereIsAndNamesTheRest() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.state("topk", "topk", "running", 32, "");
        run.write("jobs/topk/metrics.jsonl", SampleRun.line("train", 1, 5, 32, 0.1));

        String html = Files.readString(Report.write(run.folder()));

        assertThat(images(html)).hasSize(1);
        assertThat(html)
                .contains("1 job: 1 running", "sparse_probing.png is not there", "feature_statistics.png is not there");
    }

    @Test
    void report_ofAnEmptyRun_isWritten() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));

        String html = Files.readString(Report.write(run.folder()));

        assertThat(html).contains("No jobs yet", "Nothing to show yet").doesNotContain("<img");
    }

    @Test
    void plots_ofExtremeNumbers_areDrawn() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        run.state("dead", "standard", "done", 32, "");
        run.write(
                "jobs/dead/metrics.jsonl",
                SampleRun.line("train", 1, 0, 0, -40)
                        + SampleRun.line("train", 2, 1e30, 4096, -3)
                        + SampleRun.line("held-out", 2, 1e-12, 0.001, -900));
        run.write("jobs/dead/features.json", "{\"density\":[0,0,0],\"decoder_similarity\":[-1,1,1]}");
        run.core("dead", 2, 0.5, -3, -8, 0);
        run.probing("dead", 2, 0.5);

        assertThat(Plots.write(RunFiles.read(run.folder())).missing()).isEmpty();
    }

    @Test
    void plots_ofManyJobs_areDrawn() throws IOException {
        SampleRun run = new SampleRun(folder.resolve("r"));
        for (int job = 0; job < 40; job++) {
            String name = "matryoshka-batch-topk-k" + job;
            run.state(name, "matryoshka", "done", job + 1, "");
            run.write("jobs/" + name + "/metrics.jsonl", SampleRun.line("train", 1, 5 + job, job + 1, 0.1));
            run.write("jobs/" + name + "/features.json", "{\"density\":[0,0.5,1]}");
            run.core(name, 2, job + 1, 0.5, 0.8, 1);
            run.probing(name, 2, 0.7);
        }

        assertThat(Plots.write(RunFiles.read(run.folder())).missing()).isEmpty();
    }

    private static List<BufferedImage> images(String html) throws IOException {
        List<BufferedImage> images = new ArrayList<>();
        Matcher image = IMAGE.matcher(html);
        while (image.find()) {
            images.add(ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(image.group(2)))));
        }
        assertThat(images).doesNotContainNull();
        return images;
    }

    private static Set<Integer> colours(BufferedImage image) {
        Set<Integer> colours = new HashSet<>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.add(image.getRGB(x, y));
            }
        }
        return colours;
    }
}
