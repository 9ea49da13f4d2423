/** Messages between nodes as bytes: Kryo with every type registered, and every length checked before memory is taken. */
@NullMarked
package org.unweave.cluster.wire;

import org.jspecify.annotations.NullMarked;
