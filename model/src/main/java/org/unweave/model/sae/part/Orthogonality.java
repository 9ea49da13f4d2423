package org.unweave.model.sae.part;

import org.unweave.config.JobConfig.OrthogonalityConfig;
import org.unweave.model.math.Mat;

/**
 * Sets the latents apart that tell most of the spurious label: {@code weight mean_i sum_{j != i} c_ij^2} over a sample of
 * those above the moving percentile of an {@link AttributionMap}, c the cosines of decoder rows; its gradient reaches only
 * the sampled rows. Fewer than two: 0.
 *
 * <p>Source: this project, after the report's orthogonality of features above the 85th percentile of attribution.
 */
public final class Orthogonality implements Term {
    private final OrthogonalityConfig config;
    private final AttributionMap map;
    private final DecoderPairs pairs;

    public Orthogonality(OrthogonalityConfig config, AttributionMap map, int features, long seed) {
        this.config = config;
        this.map = map;
        this.pairs = new DecoderPairs("orthogonality", config.sample(), features, seed);
    }

    @Override
    public String name() {
        return "orthogonality";
    }

    @Override
    public void observe(Forward forward) {
        int[] above = map.above();
        if (above.length < 2) {
            pairs.drawNone();
            return;
        }
        pairs.draw(above, forward.step());
        pairs.compute(forward);
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        int size = pairs.size();
        if (size < 2) {
            return 0;
        }
        float[] cosine = pairs.cosine(forward).toArray();
        for (int i = 0; i < size; i++) {
            cosine[i * size + i] = 0;
        }
        Mat offMM = forward.workspace().take("orthogonality.off", size, size);
        offMM.set(cosine);
        // A batch that comes in blocks is one term, of which each block has its rows' part.
        double factor = config.weight() / size * forward.codes().rows() / forward.rows();
        pairs.addSquares(forward, gradient, offMM, factor);
        return factor * forward.workspace().ops().sumOfSquares(offMM);
    }
}
