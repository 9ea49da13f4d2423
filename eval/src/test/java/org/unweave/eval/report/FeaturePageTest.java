package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins that the page shows what the study holds, and that no text in it can become markup. */
class FeaturePageTest {
    private static final String EVIL = "<script>alert('x')</script>";

    @TempDir
    Path folder;

    private String page(String study) throws IOException {
        Path file = Files.writeString(folder.resolve("features.json"), study);
        Path page = FeaturePage.write(file);
        assertThat(page).isEqualTo(folder.resolve("index.html"));
        assertThat(folder.resolve("index.html.tmp")).doesNotExist();
        return Files.readString(page);
    }

    private static String study(String token) {
        return """
                {"version":1,"run":"one","job":"%1$s","variant":"topk","step":1562,"architecture":"topk",
                 "modelId":"tiny","hook_name":"blocks.0.hook_resid_post","dataset":"texts (held out)","sequences":4,"rows":400,
                 "d_in":8,"d_sae":32,"alive":20,"attribution":{"step":1400,"attribute":"spurious","probe_accuracy":0.75},
                 "features":[
                  {"index":"7","reason":"attributed","rank":1,"attribution":0.25,"frac_nonzero":0.0001,
                   "active_positions":3,"active_sequences":2,"maxActApprox":4.0,"mean_active":2.0,
                   "freq_hist_data_bar_values":[1,3],"freq_hist_data_bar_heights":[0.5,0.5],
                   "pos_str":["%1$s"," two"],"pos_values":[3.0,1.5],"neg_str":["\\n"],"neg_values":[-2.0],
                   "topkCosSimIndices":[9,12],"topkCosSimValues":[0.5,0.25],
                   "activations":[{"dataIndex":1,"dataOffset":5,"dataTokens":40,"maxValue":4.0,"maxValueTokenIndex":1,
                     "tokens":["a","%1$s"," b\\n"],"values":[0.0,4.0,0.4]}]},
                  {"index":"9","reason":"random","rank":1,"attribution":null,"frac_nonzero":0.0,"active_positions":0,
                   "active_sequences":0,"maxActApprox":0.0,"mean_active":null,"freq_hist_data_bar_values":[],
                   "freq_hist_data_bar_heights":[],"pos_str":[],"pos_values":[],"neg_str":[],"neg_values":[],
                   "topkCosSimIndices":[],"topkCosSimValues":[],"activations":[]}]}
                """.formatted(token);
    }

    @Test
    void page_hasFeaturesTokensAndNeighbours() throws IOException {
        String html = page(study("tok"));

        assertThat(html)
                .contains("<h3>Feature 7</h3>", "Active at 0.010% of positions (3, in 2 sequences)")
                .contains("largest value 4, mean where active 2. Attribution 25.0%.")
                .contains(
                        "\u2026a<mark class=\"t10 peak\" title=\"4\">tok</mark><mark class=\"t1\" title=\"0.4000\"> b\u21B5</mark>\u2026")
                .contains("<a href=\"#f9\">9</a></td><td class=\"number\">0.500")
                .contains("<td>12</td>", "Not active on this text.", "20 of 32 features were active there")
                .contains("found at step 1,400 by a probe of accuracy 0.75")
                .contains("<rect ");
    }

    @Test
    void texts_ofTheStudy_neverBecomeMarkup() throws IOException {
        String html = page(study(EVIL));

        assertThat(html).doesNotContain("<script").contains("&lt;script&gt;alert(&#39;x&#39;)");
        assertThat(html).contains("default-src 'none'");
    }

    @Test
    void study_withNothingButItsList_isAPageStill() throws IOException {
        assertThat(page("{\"features\":[]}")).contains("No feature was active on the text.");
        assertThat(page("{\"features\":[{\"index\":\"1\"}]}")).contains("Feature 1");
    }

    @Test
    void study_thatIsDamagedOrAbsent_isNamed() throws IOException {
        Path cut = Files.writeString(folder.resolve("features.json"), study("x").substring(0, 400));
        assertThatThrownBy(() -> FeaturePage.write(cut))
                .isInstanceOf(RunFolderException.class)
                .hasMessageContaining("features.json cannot be read")
                .hasMessageContaining("bin/unweave features");
        assertThatThrownBy(() -> FeaturePage.write(folder.resolve("absent.json")))
                .isInstanceOf(RunFolderException.class);
        Path other = Files.writeString(folder.resolve("other.json"), "{}");
        assertThatThrownBy(() -> FeaturePage.write(other)).hasMessageContaining("no study of features");
        assertThat(folder.resolve("index.html")).doesNotExist();
    }
}
