/** Checkpoints: whole or absent, and the same bits after a resume. */
@NullMarked
package org.unweave.model.checkpoint;

import org.jspecify.annotations.NullMarked;
