/** Files that survive: whole or absent, checked by their sums, one writer at a time. */
@NullMarked
package org.unweave.model.file;

import org.jspecify.annotations.NullMarked;
