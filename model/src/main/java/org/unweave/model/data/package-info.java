/** Text, the bundle, and the store of activations. */
@NullMarked
package org.unweave.model.data;

import org.jspecify.annotations.NullMarked;
