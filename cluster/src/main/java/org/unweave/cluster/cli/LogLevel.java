package org.unweave.cluster.cli;

/** The levels of a log's lines, rising. */
enum LogLevel {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR
}
