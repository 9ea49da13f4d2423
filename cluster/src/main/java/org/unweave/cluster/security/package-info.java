/** Who may talk to a node: keys, tokens, and what may be open to whom. */
@NullMarked
package org.unweave.cluster.security;

import org.jspecify.annotations.NullMarked;
