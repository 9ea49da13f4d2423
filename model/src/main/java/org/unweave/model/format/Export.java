package org.unweave.model.format;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.unweave.model.sae.FrozenSae;

/**
 * What is written for another program.
 *
 * @param firingFrequencies how often each latent fired per row; empty where it is not known
 * @param check rows with their reconstructions, to be compared there; null where none are asked for
 */
public record Export(
        FrozenSae sae,
        Origin origin,
        List<Double> firingFrequencies,
        @Nullable CheckRows check) {
    public Export {
        firingFrequencies = List.copyOf(firingFrequencies);
        if (!firingFrequencies.isEmpty() && firingFrequencies.size() != sae.features()) {
            throw new IllegalArgumentException(
                    firingFrequencies.size() + " firing frequencies of " + sae.features() + " latents");
        }
    }
}
