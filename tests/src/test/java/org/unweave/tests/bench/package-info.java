/** Benchmarks, which no test runs. */
@NullMarked
package org.unweave.tests.bench;

import org.jspecify.annotations.NullMarked;
