/** What a process measures of itself and of its cluster, as Prometheus reads it. */
@NullMarked
package org.unweave.cluster.metrics;

import org.jspecify.annotations.NullMarked;
