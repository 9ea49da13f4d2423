package org.unweave.eval.report;

import java.awt.AWTError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the plots of a run to {@code plots/}: each one that the run has data for. */
public final class Plots {
    private static final Logger LOG = LoggerFactory.getLogger(Plots.class);

    /**
     * A plot that was written.
     *
     * @param caption what it shows, for those who see it and for those who do not
     */
    public record Plot(String title, String caption, Path file) {}

    /**
     * @param missing one sentence for each plot that was not written
     */
    public record Written(List<Plot> plots, List<String> missing) {
        public Written {
            plots = List.copyOf(plots);
            missing = List.copyOf(missing);
        }
    }

    private final Path folder;
    private final List<Plot> plots = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();

    private Plots(Path folder) {
        this.folder = folder;
    }

    /**
     * @throws RunFolderException if the folder cannot be written
     */
    public static Written write(RunFiles run) {
        return new Plots(run.folder().resolve("plots")).all(run);
    }

    private Written all(RunFiles run) {
        Palette palette = new Palette(run.saes());
        EvaluationPlots evaluations = new EvaluationPlots(run, palette);
        add(
                "training_curves.png",
                "Training curves",
                "Loss, variance explained and L0 of every job against the activation rows seen: lines for training rows,"
                        + " markers for held-out rows.",
                "no job has written metrics yet",
                () -> new TrainingCurves(run, palette).draw());
        add(
                "l0_ce_recovered.png",
                "L0 against cross-entropy recovered",
                "Each SAE's number of active features a row against the share of the model's cross-entropy that it"
                        + " recovers when it is spliced into the model.",
                "no core evaluation is there yet",
                evaluations::recovered);
        add(
                "sparse_probing.png",
                "Sparse probing",
                "Accuracy of probes on the 1, 2 and 5 best latents of each SAE by dataset, beside the model's own best"
                        + " coordinates.",
                "no probing evaluation is there yet",
                evaluations::probing);
        addScore(
                "sparse_probing_by_k.png",
                "Accuracy of probes by the number of latents they see, and of those on 5 latents against L0.",
                new ScorePlot(run, palette, Score.SPARSE_PROBING));
        addScore(
                "scr.png",
                "SCR score by the number of ablated latents, and of 20 against L0.",
                new ScorePlot(run, palette, Score.SCR));
        addScore(
                "tpp.png",
                "TPP score by the number of ablated latents, and of 20 against L0.",
                new ScorePlot(run, palette, Score.TPP));
        addScore(
                "unlearning_scores.png",
                "The most that each SAE forgets of a subject by how much of the rest it retains, and its score against L0.",
                new ScorePlot(run, palette, Score.UNLEARNING));
        Leaderboard board = Leaderboard.of(run);
        if (!board.isEmpty()) {
            add(
                    "pareto.png",
                    "Scores against L0",
                    "Each variant's scores at its end against its L0, with a line through those that no other beats in"
                            + " both.",
                    "no core evaluation tells the L0 at a job's end",
                    () -> new ParetoPlot(run, palette, board).draw());
        }
        add(
                "feature_statistics.png",
                "Feature statistics",
                "Distribution of how often features fire, the number of features that fired and that stayed silent, and,"
                        + " where it was measured, the similarity of each decoder row to its nearest neighbour.",
                "no job has written a checkpoint's feature statistics yet",
                () -> new FeaturePlots(run, palette).draw());
        return new Written(plots, missing);
    }

    /** Of an evaluation that a run need not have. */
    private void addScore(String name, String caption, ScorePlot plot) {
        if (!plot.isEmpty()) {
            add(name, plot.title(), caption, "there is nothing to draw", plot::draw);
        }
    }

    private void add(
            String name, String title, String caption, String whyNot, Supplier<Optional<BufferedImage>> drawing) {
        Optional<BufferedImage> image;
        try {
            image = drawing.get();
        } catch (RuntimeException | LinkageError | InternalError | AWTError failure) {
            // A machine without fonts or with an unusable display still gets its table and its report.
            LOG.warn("{} cannot be drawn", name, failure);
            missing.add(name + " cannot be drawn: " + failure + ". Java's drawing needs fontconfig and a font"
                    + " (packages fontconfig and fonts-dejavu-core).");
            return;
        }
        if (image.isEmpty()) {
            missing.add(name + " is not there: " + whyNot + ".");
            return;
        }
        Path file = folder.resolve(name);
        write(image.get(), file);
        plots.add(new Plot(title, caption, file));
    }

    /** Writes one image; nothing where there is nothing to draw, or this machine cannot. */
    static Optional<Path> write(Path folder, String name, Supplier<Optional<BufferedImage>> drawing) {
        Plots alone = new Plots(folder);
        alone.add(name, "", "", "there is nothing to draw", drawing);
        return alone.plots.stream().map(Plot::file).findFirst();
    }

    /** Renamed into place: a reader of a run that is still going never sees half an image. */
    private static void write(BufferedImage image, Path file) {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            Files.createDirectories(file.getParent());
            try (OutputStream out = Files.newOutputStream(temporary)) {
                if (!ImageIO.write(image, "png", out)) {
                    throw new IOException("this Java has no PNG writer");
                }
            }
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new RunFolderException("cannot write " + file + ": " + failure.getMessage(), failure);
        }
    }
}
