/** What needs the whole system: its architecture, and real runs as processes. */
@NullMarked
package org.unweave.tests;

import org.jspecify.annotations.NullMarked;
