/** What the trainers and evaluators of a run tell one another while they train, and what was heard when. */
@NullMarked
package org.unweave.model.exchange;

import org.jspecify.annotations.NullMarked;
