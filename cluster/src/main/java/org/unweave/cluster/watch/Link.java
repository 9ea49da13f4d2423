package org.unweave.cluster.watch;

/**
 * How the connection to the node is.
 *
 * @param address of the node
 * @param live whether events come
 * @param ageSeconds since anything was heard
 * @param retrySeconds until the next try, where they do not come
 */
record Link(String address, boolean live, double ageSeconds, double retrySeconds) {
    /** Nodes tell of themselves each second: what is older is worth a word. */
    private static final double OLD_SECONDS = 5;

    boolean troubled() {
        return !live || ageSeconds > OLD_SECONDS;
    }

    String text() {
        if (!troubled()) {
            return address;
        }
        String age = Words.format("data %.0f s old", ageSeconds);
        return live ? age : Words.format("no connection, %s, next try in %.0f s", age, retrySeconds);
    }

    /** The same in few letters. */
    String brief() {
        return Words.format("%s %.0f s old", live ? "" : "lost,", ageSeconds).strip();
    }
}
