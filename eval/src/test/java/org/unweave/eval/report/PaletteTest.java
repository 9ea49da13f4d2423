package org.unweave.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Pins which SAEs look alike in a plot, and which do not. */
class PaletteTest {
    private final Palette palette =
            new Palette(List.of("topk-seed1", "topk-seed2", "gated-k16", "gated-k32", "standard", "random-control"));

    @Test
    void seeds_ofOneVariant_haveItsColourAndMarkerAndDashesOfTheirOwn() {
        Palette.Look one = palette.of("topk-seed1");
        Palette.Look two = palette.of("topk-seed2");
        assertThat(two.colour()).isEqualTo(one.colour());
        assertThat(two.marker()).isEqualTo(one.marker());
        assertThat(two.stroke().getDashArray()).isNotEqualTo(one.stroke().getDashArray());
    }

    @Test
    void variants_andSettings_haveColoursOfTheirOwn() {
        assertThat(List.of(
                        palette.of("topk-seed1").colour(),
                        palette.of("gated-k16").colour(),
                        palette.of("gated-k32").colour(),
                        palette.of("standard").colour(),
                        palette.of("random-control").colour()))
                .doesNotHaveDuplicates();
    }
}
