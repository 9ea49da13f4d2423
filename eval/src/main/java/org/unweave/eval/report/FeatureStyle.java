package org.unweave.eval.report;

import java.util.Locale;

/** The style sheet of the page about features: the report's, and what colours tokens. */
final class FeatureStyle {
    static final String CSS = ReportStyle.CSS + """
            .chips { display: flex; flex-wrap: wrap; gap: 2px 10px; margin: 8px 0; max-width: none;
              font-variant-numeric: tabular-nums; }
            .chips .group { font-weight: 600; margin-right: 6px; }
            nav { margin-top: 16px; }
            .feature { border-top: 1px solid var(--line); padding: 4px 0 20px; }
            .feature:target { border-top: 3px solid var(--accent); }
            .facts { color: var(--faint); }
            .panels { display: grid; grid-template-columns: minmax(280px, 2fr) repeat(3, minmax(150px, 1fr)); gap: 24px;
              margin: 12px 0; }
            @media (max-width: 860px) { .panels { grid-template-columns: 1fr 1fr; } }
            .panel { margin: 0; min-width: 0; }
            .panel h4, .panel figcaption { margin: 0 0 6px; font-size: 14px; font-weight: 600; color: var(--faint); }
            svg { width: 100%; height: auto; max-width: 420px; }
            svg rect { fill: var(--accent); }
            svg line { stroke: var(--faint); }
            svg text { fill: var(--faint); font-size: 12px; }
            .effects td { padding: 1px 6px 1px 0; border: 0; font-size: 14px; }
            code { font: 13px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap;
              background: var(--raised); padding: 0 3px; border-radius: 3px; overflow-wrap: anywhere; }
            .example { display: grid; grid-template-columns: 5.5em 1fr; max-width: none; margin: 6px 0; }
            .value { color: var(--faint); font-variant-numeric: tabular-nums; font-size: 14px; }
            .text { white-space: pre-wrap; overflow-wrap: anywhere; }
            mark { color: inherit; background: none; border-radius: 2px; }
            .peak { outline: 1px solid var(--ink); }
            """ + levels();

    private FeatureStyle() {}

    private static String levels() {
        StringBuilder css = new StringBuilder();
        for (int level = 1; level <= 10; level++) {
            css.append(
                    String.format(Locale.ROOT, ".t%d { background: rgba(230, 126, 0, %.2f); }%n", level, 0.08 * level));
        }
        return css.toString();
    }
}
