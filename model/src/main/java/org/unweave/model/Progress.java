package org.unweave.model;

/** Told how far long work has come. Implementations are safe for use from any thread and return at once. */
@FunctionalInterface
public interface Progress {
    /** Says nothing. */
    Progress NONE = (what, done, total, unit) -> {};

    /**
     * @param what the work, as a person would name it; the same text each time
     * @param done units done, those of an earlier, interrupted attempt included
     * @param total units in all, or -1 where that is not known
     * @param unit what is counted, in the plural
     */
    void report(String what, long done, long total, String unit);
}
