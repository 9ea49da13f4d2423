package org.unweave.config;

/** A record's constructor was given a value that it cannot take. The reader adds the file and the line. */
public final class InvalidValueException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String key;
    private final String problem;

    public InvalidValueException(String key, String problem) {
        super(key + ": " + problem);
        this.key = key;
        this.problem = problem;
    }

    /** The key inside the record's own block, in kebab-case. */
    public String key() {
        return key;
    }

    public String problem() {
        return problem;
    }
}
