package org.unweave.config;

import java.util.List;

/** A configuration was refused. Every problem that was found is named, each with its place, so that one reading mends all. */
public final class InvalidConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final List<String> problems;

    /**
     * @param problems at least one, in the form of {@link #problems()}
     */
    public InvalidConfigException(List<String> problems) {
        super(message(problems));
        this.problems = List.copyOf(problems);
    }

    /** One line a problem: its place ({@code file:line} or the override), the key, what is wrong and what would be right. */
    public List<String> problems() {
        return problems;
    }

    private static String message(List<String> problems) {
        if (problems.size() == 1) {
            return problems.getFirst();
        }
        return problems.size() + " problems in the configuration:\n  " + String.join("\n  ", problems);
    }
}
