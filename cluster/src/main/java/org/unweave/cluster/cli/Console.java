package org.unweave.cluster.cli;

import java.io.PrintWriter;

/**
 * Where commands write.
 *
 * @param out results
 * @param err progress and problems
 * @param terminal whether a person watches on a terminal
 */
record Console(PrintWriter out, PrintWriter err, boolean terminal) {}
