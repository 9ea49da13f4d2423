package org.unweave.tests;

import java.util.List;

/**
 * Where a process runs.
 *
 * @param entering what stands before a command for it to run there
 * @param host the address by which others reach it
 */
record Machine(List<String> entering, String host) {
    /** This machine, reached by itself alone. */
    static final Machine LOOPBACK = new Machine(List.of(), "127.0.0.1");
}
