package org.unweave.model.math;

import java.util.ArrayList;
import java.util.List;

/** Pre-activations of which only the picked ones are ever stored. */
final class Encoder {
    private final Team team;
    private final TileProduct product;
    private final List<RowLists> lists = new ArrayList<>();

    Encoder(Team team) {
        this.team = team;
        this.product = new TileProduct(team);
    }

    /** Fills the codes of each pick from {@code centred enc^T + bias}. */
    void encode(Mat centredBD, Mat encFD, Mat bias1F, List<Pick> picks) {
        Shapes.encode(centredBD, encFD, bias1F, picks);
        List<Sieve> sieves = new ArrayList<>();
        for (int i = 0; i < picks.size(); i++) {
            if (i == lists.size()) {
                lists.add(new RowLists());
            }
            sieves.add(Sieve.of(picks.get(i), centredBD.rows(), encFD.rows(), lists.get(i)));
        }
        product.run(centredBD, encFD, bias1F, (firstRow, rows, firstFeature, features, sums, at) -> {
            for (Sieve sieve : sieves) {
                sieve.take(firstRow, rows, firstFeature, features, sums, at);
            }
        });
        for (int i = 0; i < picks.size(); i++) {
            sieves.get(i).finish(team, picks.get(i).out());
        }
    }

    /** What is held between calls. */
    long bytes() {
        return product.bytes() + lists.stream().mapToLong(RowLists::bytes).sum();
    }
}
