package org.unweave.model.sae.part;

import java.util.List;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;

/**
 * The weights of an SAE, or their gradients, or the optimiser's moments: four matrices of the same shapes.
 *
 * @param encFD W_enc, one row per feature
 * @param bEnc1F b_enc
 * @param decFD W_dec, one row per feature
 * @param bDec1D b_dec
 */
public record Params(Mat encFD, Mat bEnc1F, Mat decFD, Mat bDec1D) implements AutoCloseable {
    /** The field's names of the four. */
    public static final List<String> NAMES = List.of("W_enc", "b_enc", "W_dec", "b_dec");

    public static Params zeros(int features, int width) {
        return new Params(
                Mat.zeros(features, width), Mat.zeros(1, features), Mat.zeros(features, width), Mat.zeros(1, width));
    }

    public int features() {
        return encFD.rows();
    }

    public int width() {
        return encFD.cols();
    }

    /** All four, in the order of {@link #NAMES}. */
    public List<Mat> all() {
        return List.of(encFD, bEnc1F, decFD, bDec1D);
    }

    public void copyFrom(Params source) {
        for (int i = 0; i < NAMES.size(); i++) {
            all().get(i).copyFrom(source.all().get(i));
        }
    }

    /** Puts the matrices into a state under their names, with a prefix. */
    public void save(State state, String prefix) {
        for (int i = 0; i < NAMES.size(); i++) {
            state.put(prefix + NAMES.get(i), all().get(i));
        }
    }

    /** Overwrites the matrices with those of a state. */
    public void load(State state, String prefix) {
        for (int i = 0; i < NAMES.size(); i++) {
            state.read(prefix + NAMES.get(i), all().get(i));
        }
    }

    public void clear() {
        all().forEach(mat -> mat.fill(0));
    }

    @Override
    public void close() {
        all().forEach(Mat::close);
    }
}
