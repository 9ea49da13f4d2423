/** What a process knows of the cluster's runs, jobs and nodes, and the last events of it. */
@NullMarked
package org.unweave.cluster.events;

import org.jspecify.annotations.NullMarked;
