/** The command line. */
@NullMarked
package org.unweave.cluster.cli;

import org.jspecify.annotations.NullMarked;
