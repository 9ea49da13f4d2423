/** The sparse autoencoder: its step, its parts' frame, and the forms it is frozen to. */
@NullMarked
package org.unweave.model.sae;

import org.jspecify.annotations.NullMarked;
