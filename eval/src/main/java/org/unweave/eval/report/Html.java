package org.unweave.eval.report;

/** Text that comes from files, made safe to stand in HTML. */
final class Html {
    private Html() {}

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
