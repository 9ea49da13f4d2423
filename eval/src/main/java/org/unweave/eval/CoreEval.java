package org.unweave.eval;

import java.util.ArrayList;
import java.util.List;
import org.unweave.model.lm.TokenBatch;
import org.unweave.model.lm.Tokenizer;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.FrozenSae;

/**
 * How faithful and how sparse an SAE is: SAEBench's {@code core}, on held-out sequences of the run's own corpus.
 *
 * <p>The SAE's reconstruction takes the place of the residual stream at the hook, and the model goes on from there.
 * Positions of special tokens keep their own activation; so do rows far above the usual norm, which no SAE was trained
 * on, and the report says how many there were.
 *
 * <p>Deviations: the same sequences serve for both of SAEBench's phases; rows far above the usual norm are left out of
 * the statistics; the divergence is computed in log space, so that it is a number.
 */
final class CoreEval implements Evaluation {
    static final String NAME = "core";

    private static final String VERSION = "1";
    private static final int BLOCK_ROWS = 512;

    private final EvalSession session;
    private final Device device;

    CoreEval(EvalSession session, Device device) {
        this.session = session;
        this.device = device;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String inputs() {
        return String.join(
                "\n",
                VERSION,
                session.heldOut().key(),
                session.corpusName(),
                Double.toString(session.largestNorm()),
                session.config().core().toString());
    }

    @Override
    public void prepare() {
        session.heldOut();
    }

    @Override
    public EvalReport evaluate(Subject subject) {
        session.requireFits(subject);
        HeldOutActivations heldOut = session.heldOut();
        ModelAccess model = session.model();
        CoreMeasurements measured =
                new CoreMeasurements(subject.sae().width(), subject.sae().features());
        TokenLosses losses = new TokenLosses();
        try (Workspace workspace = new Workspace(device.ops())) {
            long firstSequence = 0;
            for (int i = 0; i < heldOut.batches().size(); i++) {
                TokenBatch batch = heldOut.batches().get(i);
                Mat spliced = workspace.take("core.spliced", batch.rows(), model.width());
                heldOut.copyHook(i, spliced);
                splice(batch, firstSequence, spliced, subject, workspace, measured);
                addLosses(i, batch, heldOut, spliced, workspace, losses);
                firstSequence += batch.sequences();
            }
            if (measured.reconstruction().rows() == 0) {
                throw new EvaluationException("no row of the held-out sequences has a norm of at most "
                        + session.largestNorm() + "; model.max-norm-multiple leaves nothing to measure");
            }
            if (losses.predicted() > 0 && !Double.isFinite(losses.changedCrossEntropy())) {
                throw new EvaluationException("with " + subject.id() + " spliced in, the loss of " + model.name()
                        + " is not a finite number");
            }
            return new CoreReport(session, heldOut, subject, measured, losses)
                    .build(new WeightStatistics(subject.sae(), device.ops()));
        }
    }

    /** Puts the reconstructions into the residual stream of a batch, and measures them. */
    private void splice(
            TokenBatch batch,
            long firstSequence,
            Mat spliced,
            Subject subject,
            Workspace workspace,
            CoreMeasurements measured) {
        FrozenSae sae = subject.sae();
        List<Integer> kept = keptRows(batch, spliced, measured);
        if (kept.isEmpty()) {
            return;
        }
        Mat xBD = workspace.take("core.x", kept.size(), sae.width());
        Mat reconstructionBD = workspace.take("core.reconstruction", kept.size(), sae.width());
        for (int b = 0; b < kept.size(); b++) {
            xBD.setRow(b, spliced.copyRow(kept.get(b)));
        }
        Codes codes = new Codes(sae.features());
        for (int from = 0; from < kept.size(); from += BLOCK_ROWS) {
            int to = Math.min(kept.size(), from + BLOCK_ROWS);
            sae.encode(xBD.rowsView(from, to), workspace, codes);
            sae.decode(codes, workspace, reconstructionBD.rowsView(from, to));
            for (int b = from; b < to; b++) {
                measured.latents().add(codes, b - from, firstSequence + kept.get(b) / batch.positions());
            }
        }
        if (!Double.isFinite(workspace.ops().sumOfSquares(reconstructionBD))) {
            throw new EvaluationException("a reconstruction by " + subject.id()
                    + " is not a finite number; its weights are damaged or diverged");
        }
        measured.reconstruction().addBatch(xBD, reconstructionBD);
        for (int b = 0; b < kept.size(); b++) {
            spliced.setRow(kept.get(b), reconstructionBD.copyRow(b));
        }
    }

    private List<Integer> keptRows(TokenBatch batch, Mat residual, CoreMeasurements measured) {
        Tokenizer tokenizer = session.model().tokenizer();
        List<Integer> kept = new ArrayList<>();
        for (int n = 0; n < batch.sequences(); n++) {
            for (int t = 0; t < batch.length(n); t++) {
                int row = batch.row(n, t);
                if (tokenizer.special(batch.token(n, t))) {
                    measured.countSpecial();
                } else if (RowNorm.of(residual.copyRow(row)) > session.largestNorm()) {
                    measured.countOutlier();
                } else {
                    kept.add(row);
                }
            }
        }
        return kept;
    }

    private void addLosses(
            int number,
            TokenBatch batch,
            HeldOutActivations heldOut,
            Mat spliced,
            Workspace workspace,
            TokenLosses losses) {
        Mat cleanEnd = workspace.take("core.end", batch.rows(), spliced.cols());
        heldOut.copyEnd(number, cleanEnd);
        ModelAccess model = session.model();
        losses.add(batch, model.tokenizer(), model.use((lm, loss) -> {
            try (Mat end = lm.resumeFrom(batch, model.layer(), spliced)) {
                return loss.compare(batch, cleanEnd, end);
            }
        }));
    }
}
