package org.unweave.model.lm;

import org.unweave.model.math.Mat;

/** The cosine and sine of each position's angle for each pair of a head's columns; grown when longer sequences come. */
final class RotaryTable implements AutoCloseable {
    private final int pairs;
    private final double base;
    private Mat cosine;
    private Mat sine;

    RotaryTable(int headWidth, double base) {
        this.pairs = headWidth / 2;
        this.base = base;
        this.cosine = Mat.zeros(1, pairs);
        this.sine = Mat.zeros(1, pairs);
        fill();
    }

    void require(int positions) {
        if (positions <= cosine.rows()) {
            return;
        }
        close();
        cosine = Mat.zeros(positions, pairs);
        sine = Mat.zeros(positions, pairs);
        fill();
    }

    // Pair j turns by base^(-j / pairs) for each position.
    private void fill() {
        for (int position = 0; position < cosine.rows(); position++) {
            for (int pair = 0; pair < pairs; pair++) {
                double angle = position * StrictMath.pow(base, -(double) pair / pairs);
                cosine.set(position, pair, (float) StrictMath.cos(angle));
                sine.set(position, pair, (float) StrictMath.sin(angle));
            }
        }
    }

    Mat cosine() {
        return cosine;
    }

    Mat sine() {
        return sine;
    }

    @Override
    public void close() {
        cosine.close();
        sine.close();
    }
}
