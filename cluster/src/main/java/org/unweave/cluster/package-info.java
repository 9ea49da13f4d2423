/** Where everything is put together: the entry point, and the node that runs the actors. */
@NullMarked
package org.unweave.cluster;

import org.jspecify.annotations.NullMarked;
