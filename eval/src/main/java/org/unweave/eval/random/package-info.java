/** The random numbers of other programs, bit for bit, so that what they draw with a seed is drawn here too. */
@NullMarked
package org.unweave.eval.random;

import org.jspecify.annotations.NullMarked;
