package org.unweave.model.sae;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.unweave.model.LabelledTexts;
import org.unweave.model.LabelledTexts.Labels;

/**
 * The losses of labelled texts in double, in plain loops that share nothing with the terms, as functions of the codes of a
 * batch's rows.
 */
public final class TextLosses {
    private static final double STEP = 1e-5;

    private TextLosses() {}

    /** Texts by their main and their spurious label, as {@code 01}, with an h behind it where the text is held out. */
    public static LabelledTexts texts(int firstRow, int rowsPerText, String... labels) {
        return new LabelledTexts(
                firstRow,
                rowsPerText,
                Arrays.stream(labels)
                        .map(word -> new Labels(word.charAt(0) - '0', word.charAt(1) - '0', word.endsWith("h")))
                        .toList());
    }

    /** The mean codes of each text. */
    public static double[][] pooled(LabelledTexts texts, double[][] codesBF) {
        double[][] hNF = new double[texts.count()][codesBF[0].length];
        for (int text = 0; text < hNF.length; text++) {
            for (int row = 0; row < texts.rowsPerText(); row++) {
                for (int f = 0; f < hNF[text].length; f++) {
                    hNF[text][f] += codesBF[texts.row(text) + row][f] / texts.rowsPerText();
                }
            }
        }
        return hNF;
    }

    private static double[][] centred(double[][] hNF, int... leftOut) {
        double[][] centredNF = new double[hNF.length][];
        for (int text = 0; text < hNF.length; text++) {
            double[] one = hNF[text].clone();
            for (int f = 0; f < one.length; f++) {
                for (double[] other : hNF) {
                    one[f] -= other[f] / hNF.length;
                }
            }
            for (int f : leftOut) {
                one[f] = 0;
            }
            centredNF[text] = one;
        }
        return centredNF;
    }

    private static double cosine(double[] a, double[] b) {
        double dot = 0;
        double squareA = 0;
        double squareB = 0;
        for (int i = 0; i < a.length; i++) {
            dot += a[i] * b[i];
            squareA += a[i] * a[i];
            squareB += b[i] * b[i];
        }
        return dot / Math.max(Math.sqrt(squareA * squareB), 1e-8);
    }

    /** {@code factor mean cos(h - h_mean, w)^2}, without some latents. */
    public static ToDoubleFunction<double[][]> adversarial(
            LabelledTexts texts, double factor, double[] wF, int... leftOut) {
        return codesBF -> {
            double[] masked = wF.clone();
            for (int f : leftOut) {
                masked[f] = 0;
            }
            double sum = 0;
            for (double[] one : centred(pooled(texts, codesBF), leftOut)) {
                sum += Math.pow(cosine(one, masked), 2);
            }
            return factor * sum / texts.count();
        };
    }

    /** The supervised contrastive loss over the pairs that two labels say. */
    public static ToDoubleFunction<double[][]> contrastive(LabelledTexts texts, double weight, double temperature) {
        return codesBF -> {
            double[][] centredNF = centred(pooled(texts, codesBF));
            List<Double> anchors = new ArrayList<>();
            for (int a = 0; a < centredNF.length; a++) {
                Labels mine = texts.labels(a);
                double[] similarity = new double[centredNF.length];
                for (int b = 0; b < similarity.length; b++) {
                    similarity[b] = Math.exp(cosine(centredNF[a], centredNF[b]) / temperature);
                }
                double negatives = IntStream.range(0, similarity.length)
                        .filter(n -> texts.labels(n).main() != mine.main()
                                && texts.labels(n).spurious() == mine.spurious())
                        .mapToDouble(n -> similarity[n])
                        .sum();
                IntStream.range(0, similarity.length)
                        .filter(p -> texts.labels(p).main() == mine.main()
                                && texts.labels(p).spurious() != mine.spurious())
                        .mapToDouble(p -> -Math.log(similarity[p] / (similarity[p] + negatives)))
                        .average()
                        .ifPresent(anchors::add);
            }
            return weight
                    * anchors.stream().mapToDouble(value -> value).average().orElse(0);
        };
    }

    /** Central differences with respect to each code. */
    public static double[][] differences(double[][] codesBF, ToDoubleFunction<double[][]> loss) {
        double[][] gradient = new double[codesBF.length][codesBF[0].length];
        double[][] moved = Arrays.stream(codesBF).map(double[]::clone).toArray(double[][]::new);
        for (int row = 0; row < gradient.length; row++) {
            for (int f = 0; f < gradient[row].length; f++) {
                moved[row][f] = codesBF[row][f] + STEP;
                double above = loss.applyAsDouble(moved);
                moved[row][f] = codesBF[row][f] - STEP;
                gradient[row][f] = (above - loss.applyAsDouble(moved)) / (2 * STEP);
                moved[row][f] = codesBF[row][f];
            }
        }
        return gradient;
    }
}
