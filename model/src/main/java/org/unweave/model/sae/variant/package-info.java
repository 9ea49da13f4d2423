/** The variants, one file each. A variant never depends on a variant. */
@NullMarked
package org.unweave.model.sae.variant;

import org.jspecify.annotations.NullMarked;
