package org.unweave.eval;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;

/**
 * An SAE's codes of the held-out sequences, passed over as often as they are asked for. Positions of special tokens and of
 * rows far above the usual norm are left out, as in the core metrics.
 */
final class FeatureRows {
    private static final int BLOCK_ROWS = 512;

    private final EvalSession session;
    private final HeldOutActivations heldOut;
    private final Subject subject;
    private final Workspace workspace;

    FeatureRows(EvalSession session, Subject subject, Workspace workspace) {
        this.session = session;
        this.heldOut = session.heldOut();
        this.subject = subject;
        this.workspace = workspace;
    }

    /** What is done with the codes of a position. */
    private interface Visitor {
        void visit(Codes codes, int row, int sequence, int position);
    }

    int sequences() {
        return heldOut.sequences();
    }

    /** How often every feature is active. */
    LatentStatistics statistics() {
        LatentStatistics statistics = new LatentStatistics(subject.sae().features());
        int[] rows = {0};
        visit((codes, row, sequence, position) -> {
            statistics.add(codes, row, sequence);
            rows[0]++;
        });
        if (rows[0] == 0) {
            throw new EvaluationException("no row of the held-out sequences has a norm of at most "
                    + session.largestNorm() + "; model.max-norm-multiple leaves nothing to look at");
        }
        return statistics;
    }

    /** What the chosen features do on every sequence, in their order. */
    List<FeatureActivity> activities(List<ChosenFeature> chosen, int examples) {
        Map<Integer, Integer> index = new HashMap<>();
        List<FeatureActivity> activities = new ArrayList<>();
        for (ChosenFeature one : chosen) {
            index.put(one.feature(), activities.size());
            activities.add(new FeatureActivity(examples));
        }
        visit((codes, row, sequence, position) -> {
            for (int j = codes.rowStart()[row]; j < codes.rowStart()[row + 1]; j++) {
                Integer at = index.get(codes.feature()[j]);
                float value = codes.value()[j];
                if (at != null && value > 0) {
                    PooledLatents.requireFinite(codes.feature()[j], value, subject);
                    activities.get(at).add(sequence, position, value);
                }
            }
        });
        return activities;
    }

    /** The tokens of a sequence, BOS included. */
    int[] tokens(int sequence) {
        int rest = sequence;
        for (TokenBatch batch : heldOut.batches()) {
            if (rest < batch.sequences()) {
                int[] tokens = new int[batch.length(rest)];
                for (int t = 0; t < tokens.length; t++) {
                    tokens[t] = batch.token(rest, t);
                }
                return tokens;
            }
            rest -= batch.sequences();
        }
        throw new IndexOutOfBoundsException("sequence " + sequence + " of " + heldOut.sequences());
    }

    private void visit(Visitor visitor) {
        int width = subject.sae().width();
        Codes codes = new Codes(subject.sae().features());
        int firstSequence = 0;
        for (int i = 0; i < heldOut.batches().size(); i++) {
            TokenBatch batch = heldOut.batches().get(i);
            Mat residual = workspace.take("features.residual", batch.rows(), width);
            heldOut.copyHook(i, residual);
            List<Integer> kept = kept(batch, residual);
            for (int from = 0; from < kept.size(); from += BLOCK_ROWS) {
                int count = Math.min(BLOCK_ROWS, kept.size() - from);
                Mat xBD = workspace.take("features.x", count, width);
                for (int b = 0; b < count; b++) {
                    xBD.setRow(b, residual.copyRow(kept.get(from + b)));
                }
                subject.sae().encode(xBD, workspace, codes);
                for (int b = 0; b < count; b++) {
                    int row = kept.get(from + b);
                    visitor.visit(codes, b, firstSequence + row / batch.positions(), row % batch.positions());
                }
            }
            firstSequence += batch.sequences();
        }
    }

    private List<Integer> kept(TokenBatch batch, Mat residual) {
        List<Integer> kept = new ArrayList<>();
        for (int n = 0; n < batch.sequences(); n++) {
            for (int t = 0; t < batch.length(n); t++) {
                int row = batch.row(n, t);
                if (!session.model().tokenizer().special(batch.token(n, t))
                        && RowNorm.of(residual.copyRow(row)) <= session.largestNorm()) {
                    kept.add(row);
                }
            }
        }
        return kept;
    }
}
