/** Parts that variants share. */
@NullMarked
package org.unweave.model.sae.part;

import org.jspecify.annotations.NullMarked;
