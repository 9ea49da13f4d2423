/** Auxiliary models that are trained beside an SAE. Letters as in {@link org.unweave.model}. */
@NullMarked
package org.unweave.model.nn;

import org.jspecify.annotations.NullMarked;
