package org.unweave.model.sae.part;

import java.util.Arrays;
import org.unweave.model.LabelledTexts;
import org.unweave.model.math.Codes;

/** The codes of a batch's labelled texts, each latent's mean over the rows of a text: {@code h} [N,F]. */
final class PooledTexts {
    private final int features;
    private LabelledTexts texts = LabelledTexts.NONE;
    private double[][] hNF = {};

    PooledTexts(int features) {
        this.features = features;
    }

    /** Pools the texts of a batch, which is there in one piece. */
    void pool(Forward forward) {
        texts = forward.batch().texts();
        if (hNF.length < texts.count()) {
            hNF = new double[texts.count()][features];
        }
        Codes codes = forward.codes();
        for (int text = 0; text < texts.count(); text++) {
            double[] hF = hNF[text];
            Arrays.fill(hF, 0);
            int end = codes.rowStart()[texts.row(text) + texts.rowsPerText()];
            for (int j = codes.rowStart()[texts.row(text)]; j < end; j++) {
                hF[codes.feature()[j]] += (double) codes.value()[j] / texts.rowsPerText();
            }
        }
    }

    /** Of the batch that was pooled last. */
    LabelledTexts texts() {
        return texts;
    }

    /** A text's codes; not to be changed. */
    double[] h(int text) {
        return hNF[text];
    }

    /** The mean of all texts' codes. */
    double[] mean() {
        double[] meanF = new double[features];
        for (int text = 0; text < texts.count(); text++) {
            for (int f = 0; f < features; f++) {
                meanF[f] += hNF[text][f] / texts.count();
            }
        }
        return meanF;
    }

    /** {@code h - h_mean} of each text. */
    double[][] centred() {
        double[] meanF = mean();
        double[][] centredNF = new double[texts.count()][features];
        for (int text = 0; text < centredNF.length; text++) {
            for (int f = 0; f < features; f++) {
                centredNF[text][f] = hNF[text][f] - meanF[f];
            }
        }
        return centredNF;
    }

    /** Takes a gradient with respect to {@link #centred} on to the codes. The gradient is changed. */
    void addCentredGradient(Forward forward, double[][] gradientNF, Gradient gradient) {
        for (int f = 0; f < features; f++) {
            double mean = 0;
            for (double[] one : gradientNF) {
                mean += one[f] / gradientNF.length;
            }
            for (double[] one : gradientNF) {
                one[f] -= mean;
            }
        }
        Codes codes = forward.codes();
        for (int text = 0; text < gradientNF.length; text++) {
            int end = codes.rowStart()[texts.row(text) + texts.rowsPerText()];
            // Entries of value 0 too: what becomes of theirs is the activation's matter.
            for (int j = codes.rowStart()[texts.row(text)]; j < end; j++) {
                gradient.codes()[j] += (float) (gradientNF[text][codes.feature()[j]] / texts.rowsPerText());
            }
        }
    }

    long bytes() {
        return (long) hNF.length * features * Double.BYTES;
    }
}
