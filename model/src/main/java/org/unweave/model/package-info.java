/**
 * Arrays and kernels, the language model, activations, sparse autoencoders, training and checkpoints.
 *
 * <p>Letters in names: B rows of a batch, T positions of a sequence, N sequences, D = d_in the width of the residual
 * stream, F features (latents), K latents kept per row, V tokens of the vocabulary. A matrix's name ends in its shape:
 * {@code preBF}, {@code reconBD}, {@code encFD}.
 *
 * <p>W_enc and W_dec are both held as [F, D], one contiguous row per feature ({@code encFD}, {@code decFD}): that is
 * what sparse gradients need. Formats that hold them the other way are transposed on the way in and out.
 */
@NullMarked
package org.unweave.model;

import org.jspecify.annotations.NullMarked;
