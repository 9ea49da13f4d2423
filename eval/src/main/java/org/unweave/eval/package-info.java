/** Evaluations of frozen SAEs by SAEBench's protocols, their probes, and the activations that they share. */
@NullMarked
package org.unweave.eval;

import org.jspecify.annotations.NullMarked;
