package org.unweave.model.sae.part;

import java.util.ArrayList;
import java.util.List;
import org.unweave.config.JobConfig.ContrastiveConfig;
import org.unweave.model.LabelledTexts.Labels;

/**
 * Draws codes of labelled texts together that have one main label and differ in the spurious one, and away from those of
 * another main label that share it: {@code weight mean_a mean_p -ln(e^{s_p / t} / (e^{s_p / t} + sum_n e^{s_n / t}))}, s the
 * cosines of {@code h - h_mean}. Texts without a positive are no anchors; without any the term is 0.
 *
 * <p>Source: Khosla et al., "Supervised contrastive learning", 2020, arXiv 2004.11362, for the loss; the choice of pairs by
 * two labels is this project's, after the report.
 */
public final class SupervisedContrast extends LabelledTerm {
    private final ContrastiveConfig config;

    /** @param map whose pooled codes it goes by */
    public SupervisedContrast(ContrastiveConfig config, AttributionMap map) {
        super(map);
        this.config = config;
    }

    @Override
    public String name() {
        return "contrastive";
    }

    @Override
    double addTexts(Forward forward, Gradient gradient) {
        List<Labels> texts = forward.batch().texts().texts();
        double[][] unitNF = map().pooled().centred();
        double[] norm = new double[unitNF.length];
        for (int a = 0; a < unitNF.length; a++) {
            norm[a] = Math.max(norm(unitNF[a]), LEAST_NORM);
            for (int f = 0; f < unitNF[a].length; f++) {
                unitNF[a][f] /= norm[a];
            }
        }
        double[][] sensitivityNN = new double[unitNF.length][unitNF.length];
        double value = config.weight() * loss(texts, unitNF, sensitivityNN);
        map().pooled().addCentredGradient(forward, gradient(unitNF, norm, sensitivityNN), gradient);
        return value;
    }

    /** The loss without its weight; fills how it changes with each cosine. */
    private double loss(List<Labels> texts, double[][] unitNF, double[][] sensitivityNN) {
        List<Integer> anchors = new ArrayList<>();
        for (int a = 0; a < texts.size(); a++) {
            if (!positives(texts, a).isEmpty()) {
                anchors.add(a);
            }
        }
        double value = 0;
        for (int a : anchors) {
            List<Integer> positives = positives(texts, a);
            List<Integer> negatives = negatives(texts, a);
            double share = 1.0 / anchors.size() / positives.size();
            double[] scaled = new double[negatives.size()];
            double most = Double.NEGATIVE_INFINITY;
            for (int n = 0; n < scaled.length; n++) {
                scaled[n] = dot(unitNF[a], unitNF[negatives.get(n)]) / config.temperature();
                most = Math.max(most, scaled[n]);
            }
            for (int p : positives) {
                double own = dot(unitNF[a], unitNF[p]) / config.temperature();
                double top = Math.max(own, most);
                double sum = Math.exp(own - top);
                for (double one : scaled) {
                    sum += Math.exp(one - top);
                }
                value += share * (top + Math.log(sum) - own);
                double each = share / config.temperature();
                sensitivityNN[a][p] += each * (Math.exp(own - top) / sum - 1);
                for (int n = 0; n < scaled.length; n++) {
                    sensitivityNN[a][negatives.get(n)] += each * Math.exp(scaled[n] - top) / sum;
                }
            }
        }
        return value;
    }

    /** The same main label, the other spurious one. */
    static List<Integer> positives(List<Labels> texts, int anchor) {
        return others(texts, anchor, true);
    }

    /** The other main label, the same spurious one. */
    static List<Integer> negatives(List<Labels> texts, int anchor) {
        return others(texts, anchor, false);
    }

    private static List<Integer> others(List<Labels> texts, int anchor, boolean sameMain) {
        List<Integer> found = new ArrayList<>();
        Labels mine = texts.get(anchor);
        for (int other = 0; other < texts.size(); other++) {
            Labels labels = texts.get(other);
            if ((labels.main() == mine.main()) == sameMain && (labels.spurious() == mine.spurious()) != sameMain) {
                found.add(other);
            }
        }
        return found;
    }

    // Of u = v / |v|: the gradient of a cosine lies across u.
    private double[][] gradient(double[][] unitNF, double[] norm, double[][] sensitivityNN) {
        int count = unitNF.length;
        int features = unitNF[0].length;
        double[][] gradientNF = new double[count][features];
        for (int a = 0; a < count; a++) {
            for (int b = 0; b < count; b++) {
                double both = config.weight() * (sensitivityNN[a][b] + sensitivityNN[b][a]);
                if (both != 0) {
                    for (int f = 0; f < features; f++) {
                        gradientNF[a][f] += both * unitNF[b][f];
                    }
                }
            }
            double along = norm[a] > LEAST_NORM ? dot(gradientNF[a], unitNF[a]) : 0;
            for (int f = 0; f < features; f++) {
                gradientNF[a][f] = (gradientNF[a][f] - along * unitNF[a][f]) / norm[a];
            }
        }
        return gradientNF;
    }
}
