/** The language model: weights, tokenizer, forward pass to a layer and on from it. */
@NullMarked
package org.unweave.model.lm;

import org.jspecify.annotations.NullMarked;
