package org.unweave.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/** The features whose decoder rows point most nearly the same way as one feature's, the nearest first. */
record FeatureNeighbours(List<Neighbour> nearest) {
    private static final int MOST = 5;

    /** @param cosine of the two decoder rows */
    record Neighbour(int feature, double cosine) {}

    /** Of each of the chosen, in their order. */
    static List<FeatureNeighbours> of(Subject subject, List<ChosenFeature> chosen, Ops ops) {
        Mat decFD = subject.sae().decFD();
        List<FeatureNeighbours> all = new ArrayList<>();
        if (chosen.isEmpty()) {
            return all;
        }
        try (Mat rows = Mat.zeros(chosen.size(), decFD.cols());
                Mat cosines = Mat.zeros(chosen.size(), decFD.rows())) {
            for (int row = 0; row < chosen.size(); row++) {
                rows.setRow(row, decFD.copyRow(chosen.get(row).feature()));
            }
            // The rows of a frozen decoder have norm 1.
            ops.multiplyTransposed(rows, decFD, cosines);
            for (int row = 0; row < chosen.size(); row++) {
                all.add(nearest(cosines.copyRow(row), chosen.get(row).feature()));
            }
        }
        return all;
    }

    private static FeatureNeighbours nearest(float[] cosines, int own) {
        return new FeatureNeighbours(IntStream.range(0, cosines.length)
                .filter(other -> other != own && Float.isFinite(cosines[other]))
                .mapToObj(other -> new Neighbour(other, cosines[other]))
                .sorted(Comparator.comparingDouble(Neighbour::cosine).reversed())
                .limit(MOST)
                .toList());
    }
}
