/**
 * The live view of a run in a terminal: what is known of the run from a node's events ({@link
 * org.unweave.cluster.watch.WatchModel}), the lines that show it ({@link org.unweave.cluster.watch.Screen}), and what reads
 * keys and the network ({@link org.unweave.cluster.watch.LiveView}, {@link org.unweave.cluster.watch.NodeLink}).
 */
@NullMarked
package org.unweave.cluster.watch;

import org.jspecify.annotations.NullMarked;
