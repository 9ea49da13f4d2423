/**
 * Matrices in float32 and the kernels over them.
 *
 * <p>The one place that knows which library computes: nothing outside may see a type of ND4J or JavaCPP.
 */
@NullMarked
package org.unweave.model.math;

import org.jspecify.annotations.NullMarked;
