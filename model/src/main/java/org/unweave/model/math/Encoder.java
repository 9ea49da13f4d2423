package org.unweave.model.math;

import java.util.ArrayList;
import java.util.List;

/** Pre-activations of which only the picked ones are ever stored. */
final class Encoder {
    private final Team team;
    private final TileProduct product;
    private long sieveBytes;

    Encoder(Team team) {
        this.team = team;
        this.product = new TileProduct(team);
    }

    /** Fills the codes of each pick from {@code centred enc^T + bias}. */
    void encode(Mat centredBD, Mat encFD, Mat bias1F, List<Pick> picks) {
        Shapes.encode(centredBD, encFD, bias1F, picks);
        List<Sieve> sieves = new ArrayList<>();
        for (Pick pick : picks) {
            sieves.add(Sieve.of(pick, centredBD.rows(), encFD.rows()));
        }
        product.run(centredBD, encFD, bias1F, (firstRow, rows, firstFeature, features, sums, at) -> {
            for (Sieve sieve : sieves) {
                sieve.take(firstRow, rows, firstFeature, features, sums, at);
            }
        });
        for (int i = 0; i < picks.size(); i++) {
            sieves.get(i).finish(team, picks.get(i).out());
        }
        sieveBytes = sieves.stream().mapToLong(Sieve::bytes).sum();
    }

    /** What the last call held of its own until it returned. */
    long sieveBytes() {
        return sieveBytes;
    }

    /** What is held between calls. */
    long bytes() {
        return product.bytes();
    }
}
