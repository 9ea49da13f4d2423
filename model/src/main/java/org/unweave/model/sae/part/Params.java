package org.unweave.model.sae.part;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;

/**
 * The weights of an SAE, or their gradients, or the optimiser's moments: matrices of the same names and shapes.
 *
 * @param encFD W_enc, one row per feature
 * @param bEnc1F b_enc
 * @param decFD W_dec, one row per feature
 * @param bDec1D b_dec
 * @param extras what an architecture has beside these, one number per feature each
 */
public record Params(Mat encFD, Mat bEnc1F, Mat decFD, Mat bDec1D, List<Extra> extras) implements AutoCloseable {
    /** The field's names of the four that every SAE has. */
    public static final List<String> NAMES = List.of("W_enc", "b_enc", "W_dec", "b_dec");

    /** A row of one number per feature, under the field's name. */
    public record Extra(String name, Mat values1F) {}

    public Params {
        extras = List.copyOf(extras);
    }

    /** The four that every SAE has. */
    public Params(Mat encFD, Mat bEnc1F, Mat decFD, Mat bDec1D) {
        this(encFD, bEnc1F, decFD, bDec1D, List.of());
    }

    public static Params zeros(int features, int width, List<String> extras) {
        return new Params(
                Mat.zeros(features, width),
                Mat.zeros(1, features),
                Mat.zeros(features, width),
                Mat.zeros(1, width),
                extras.stream()
                        .map(name -> new Extra(name, Mat.zeros(1, features)))
                        .toList());
    }

    public int features() {
        return encFD.rows();
    }

    public int width() {
        return encFD.cols();
    }

    /** The names of all matrices, those of {@link #NAMES} first. */
    public List<String> names() {
        List<String> names = new ArrayList<>(NAMES);
        extras.forEach(extra -> names.add(extra.name()));
        return names;
    }

    /** The matrices, in the order of {@link #names}. */
    public List<Mat> all() {
        List<Mat> all = new ArrayList<>(List.of(encFD, bEnc1F, decFD, bDec1D));
        extras.forEach(extra -> all.add(extra.values1F()));
        return all;
    }

    /** One of the extras. */
    public Mat extra(String name) {
        return extras.stream()
                .filter(extra -> extra.name().equals(name))
                .map(Extra::values1F)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no " + name + " among " + names()));
    }

    /** The names of the extras. */
    public List<String> extraNames() {
        return extras.stream().map(Extra::name).toList();
    }

    /** A copy with memory of its own. */
    public Params copy() {
        Params copy = zeros(features(), width(), extraNames());
        for (int i = 0; i < all().size(); i++) {
            copy.all().get(i).copyFrom(all().get(i));
        }
        return copy;
    }

    /** Puts the matrices into a state under their names, with a prefix. */
    public void save(State state, String prefix) {
        for (int i = 0; i < names().size(); i++) {
            state.put(prefix + names().get(i), all().get(i));
        }
    }

    /** Overwrites the matrices with those of a state. */
    public void load(State state, String prefix) {
        for (int i = 0; i < names().size(); i++) {
            state.read(prefix + names().get(i), all().get(i));
        }
    }

    @Override
    public void close() {
        all().forEach(Mat::close);
    }
}
