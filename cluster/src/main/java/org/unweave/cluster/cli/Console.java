package org.unweave.cluster.cli;

import java.io.PrintWriter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where commands write.
 *
 * @param out results
 * @param err progress and problems
 * @param terminal whether a person watches on a terminal
 * @param lines what that person answers, line by line; null at its end
 */
record Console(PrintWriter out, PrintWriter err, boolean terminal, Supplier<@Nullable String> lines) {}
