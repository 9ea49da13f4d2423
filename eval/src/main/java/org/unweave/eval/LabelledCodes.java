package org.unweave.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The pooled latents h of texts with two labels, dense, and to which of a number of folds a text belongs. */
final class LabelledCodes {
    private final double[][] codesNF;
    private final boolean[] main;
    private final boolean[] spurious;
    private final int[] fold;

    private LabelledCodes(double[][] codesNF, boolean[] main, boolean[] spurious, int[] fold) {
        this.codesNF = codesNF;
        this.main = main;
        this.spurious = spurious;
        this.fold = fold;
    }

    /** Of all texts; those of a combination of labels go to the folds in turn. */
    static LabelledCodes of(AttributionTexts texts, SparseRows pooled, int folds) {
        int[] columns = IntStream.range(0, pooled.columns()).toArray();
        String first = texts.texts().pairs().getFirst().first();
        String second = texts.texts().seconds().getLast();
        List<double[]> codes = new ArrayList<>();
        List<PairedTexts.Cell> cells = new ArrayList<>();
        List<Integer> folded = new ArrayList<>();
        for (int c = 0; c < texts.texts().cells().size(); c++) {
            LabelledActivations.ClassRows rows = texts.set().classes().get(c);
            int[] all = BinaryTask.concatenate(rows.train(), rows.test());
            for (int n = 0; n < all.length; n++) {
                codes.add(pooled.dense(new int[] {all[n]}, columns));
                cells.add(texts.texts().cells().get(c));
                folded.add(n % folds);
            }
        }
        boolean[] main = new boolean[cells.size()];
        boolean[] spurious = new boolean[cells.size()];
        int[] fold = new int[cells.size()];
        for (int n = 0; n < fold.length; n++) {
            main[n] = cells.get(n).main().equals(first);
            spurious[n] = cells.get(n).second().equals(second);
            fold[n] = folded.get(n);
        }
        return new LabelledCodes(codes.toArray(double[][]::new), main, spurious, fold);
    }

    int count() {
        return codesNF.length;
    }

    int features() {
        return codesNF[0].length;
    }

    /** Not to be changed. */
    double[][] codesNF() {
        return codesNF;
    }

    boolean[] main() {
        return main.clone();
    }

    boolean[] spurious() {
        return spurious.clone();
    }

    /** The mean of each latent over the texts. */
    double[] meanF() {
        double[] meanF = new double[features()];
        for (double[] row : codesNF) {
            for (int f = 0; f < meanF.length; f++) {
                meanF[f] += row[f] / codesNF.length;
            }
        }
        return meanF;
    }

    /** The texts of one fold. */
    LabelledCodes fold(int wanted) {
        return of(n -> fold[n] == wanted);
    }

    /** The texts of all folds but one. */
    LabelledCodes others(int left) {
        return of(n -> fold[n] != left);
    }

    private LabelledCodes of(IntPredicate which) {
        int[] kept = IntStream.range(0, count()).filter(which).toArray();
        boolean[] keptMain = new boolean[kept.length];
        boolean[] keptSpurious = new boolean[kept.length];
        int[] keptFold = new int[kept.length];
        for (int i = 0; i < kept.length; i++) {
            keptMain[i] = main[kept[i]];
            keptSpurious[i] = spurious[kept[i]];
            keptFold[i] = fold[kept[i]];
        }
        double[][] rows = Arrays.stream(kept).mapToObj(n -> codesNF[n]).toArray(double[][]::new);
        return new LabelledCodes(rows, keptMain, keptSpurious, keptFold);
    }

    /** With 0 in the place of these latents. */
    LabelledCodes without(int[] latents) {
        double[][] rows = new double[count()][];
        for (int n = 0; n < rows.length; n++) {
            rows[n] = codesNF[n].clone();
            for (int latent : latents) {
                rows[n][latent] = 0;
            }
        }
        return new LabelledCodes(rows, main, spurious, fold);
    }
}
