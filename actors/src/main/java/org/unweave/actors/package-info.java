/**
 * The protocols and behaviours of a run. Each actor's messages are nested in it; those that may leave the JVM are {@link
 * org.unweave.actors.Wire}.
 */
@NullMarked
package org.unweave.actors;

import org.jspecify.annotations.NullMarked;
