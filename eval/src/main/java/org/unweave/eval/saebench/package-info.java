/** SAEBench's own data sets, from a folder of the user's, with the texts that SAEBench draws of them. */
@NullMarked
package org.unweave.eval.saebench;

import org.jspecify.annotations.NullMarked;
