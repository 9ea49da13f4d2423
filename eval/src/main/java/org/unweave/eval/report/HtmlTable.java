package org.unweave.eval.report;

/** The frame of a table that scrolls by itself where it is wider than the page. */
final class HtmlTable {
    static final String CLOSE = "</tbody>\n</table>\n</div>\n";

    private HtmlTable() {}

    /** Up to the first cell of the head. */
    static String open(String cssClass, String caption) {
        String safe = Html.escape(caption);
        return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + safe + "\">\n<table class=\""
                + cssClass + "\">\n<caption>" + safe + "</caption>\n<thead><tr>";
    }

    static String head(String text) {
        return "<th scope=\"col\">" + Html.escape(text) + "</th>";
    }

    static String numberHead(String text) {
        return "<th scope=\"col\" class=\"number\">" + Html.escape(text) + "</th>";
    }

    static String rowHead(String text) {
        return "<th scope=\"row\">" + Html.escape(text) + "</th>";
    }

    static String number(String text) {
        return "<td class=\"number\">" + Html.escape(text) + "</td>";
    }

    static String text(String text) {
        return "<td class=\"value\">" + Html.escape(text) + "</td>";
    }
}
