/** A node's HTTP side: the server with its guards, the client that commands it, and files that go from node to node. */
@NullMarked
package org.unweave.cluster.http;

import org.jspecify.annotations.NullMarked;
