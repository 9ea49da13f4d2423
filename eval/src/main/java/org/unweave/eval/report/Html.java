package org.unweave.eval.report;

/** Parts of pages, and text that comes from files, made safe to stand in them. */
final class Html {
    private Html() {}

    /**
     * Everything up to the body's content. The policy keeps the promise that nothing is fetched or run, whatever a file of
     * a run may hold.
     */
    static String head(String title, String css) {
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                + "style-src 'unsafe-inline'\">\n<title>" + escape(title) + "</title>\n<style>\n" + css
                + "</style>\n</head>\n<body>\n";
    }

    /** A sentence in small print. */
    static String note(String sentence) {
        return "<p class=\"note\">" + escape(sentence) + "</p>\n";
    }

    /** Safe in element content and in quoted attribute values. */
    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            switch (letter) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.append(printable(letter) ? letter : '\uFFFD');
            }
        }
        return safe.toString();
    }

    /** Control characters are no HTML, whichever way they are written. */
    private static boolean printable(char letter) {
        return letter >= ' ' || letter == '\n' || letter == '\t' || letter == '\r';
    }
}
