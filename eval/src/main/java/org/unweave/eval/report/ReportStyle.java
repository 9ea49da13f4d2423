package org.unweave.eval.report;

/** The report's style sheet: light and dark by the reader's setting, and plain on paper. */
final class ReportStyle {
    static final String CSS = """
            :root { color-scheme: light dark; --paper: #ffffff; --raised: #f5f6f8; --ink: #1b1f24; --faint: #57606a;
              --line: #d5dae0; --accent: #0b5cad; --bad: #a82314; }
            @media (prefers-color-scheme: dark) {
              :root { --paper: #14171b; --raised: #1d2227; --ink: #e4e8ec; --faint: #a2acb6; --line: #373f48;
                --accent: #7cb7f5; --bad: #ff9a86; }
            }
            * { box-sizing: border-box; }
            body { margin: 0; background: var(--paper); color: var(--ink);
              font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
            main, header, nav { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
            header { padding-top: 40px; }
            h1 { margin: 0; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }
            h2 { margin: 48px 0 12px; font-size: 21px; }
            h3 { margin: 28px 0 8px; font-size: 17px; }
            p { margin: 8px 0; max-width: 78ch; }
            .kind { margin: 0 0 4px; color: var(--faint); }
            .states { margin: 12px 0 0; color: var(--faint); }
            nav ul { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 20px 0 0; padding: 12px 0; list-style: none;
              border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); }
            a { color: var(--accent); }
            .scroll { overflow-x: auto; margin: 12px 0; }
            .scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent);
              outline-offset: 2px; }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
            caption { text-align: left; color: var(--faint); padding-bottom: 8px; max-width: 78ch; }
            th, td { padding: 7px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
            thead th { vertical-align: bottom; border-bottom: 2px solid var(--line); font-size: 14px; color: var(--faint); }
            tbody th { font-weight: 600; }
            .number { text-align: right; white-space: nowrap; }
            thead .number { white-space: normal; }
            tr.baseline { background: var(--raised); }
            tr.baseline th { font-weight: 400; font-style: italic; }
            .failure { color: var(--bad); font-weight: 400; overflow-wrap: anywhere; }
            .spread { color: var(--faint); font-size: 13px; }
            .chance { color: var(--faint); }
            .note { color: var(--faint); font-size: 15px; margin: 4px 0; }
            figure { margin: 20px 0 32px; }
            figure img { display: block; width: 100%; height: auto; background: #ffffff; border: 1px solid var(--line);
              border-radius: 8px; }
            figcaption { margin-top: 8px; color: var(--faint); font-size: 15px; max-width: 90ch; }
            pre { overflow-x: auto; margin: 12px 0; padding: 16px; background: var(--raised); border: 1px solid var(--line);
              border-radius: 8px; font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
            summary { cursor: pointer; padding: 6px 0; color: var(--accent); }
            td.value { overflow-wrap: anywhere; }
            ul { padding-left: 22px; }
            li { max-width: 90ch; margin: 4px 0; overflow-wrap: anywhere; }
            footer { height: 64px; }
            @media print { nav { display: none; } figure, tr { break-inside: avoid; } }
            """;

    private ReportStyle() {}
}
