/** Frozen SAEs in the formats of other programs: written for them, and read from them. */
@NullMarked
package org.unweave.model.format;

import org.jspecify.annotations.NullMarked;
