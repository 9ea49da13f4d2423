/** The loop around the step: schedules, optimiser, snapshot and resume. */
@NullMarked
package org.unweave.model.train;

import org.jspecify.annotations.NullMarked;
