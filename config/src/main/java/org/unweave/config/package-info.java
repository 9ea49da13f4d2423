/** Records of a run's configuration, and the strict reader that makes them from HOCON. */
@NullMarked
package org.unweave.config;

import org.jspecify.annotations.NullMarked;
