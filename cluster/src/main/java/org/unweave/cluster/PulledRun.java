package org.unweave.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.unweave.cluster.http.ControlClient;
import org.unweave.cluster.http.ControlException;
import org.unweave.cluster.http.FilePull;
import org.unweave.cluster.http.FileRoutes;
import org.unweave.cluster.http.ReportRoutes;
import org.unweave.eval.RunMirror;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.file.Durable;

/**
 * A run of which this node has no more than what it is judging: checkpoints come over HTTP from nodes that see the folder
 * of runs, and reports go to them. One caller at a time.
 */
final class PulledRun implements RunMirror {
    /** The root under which nodes serve the folder of runs. */
    static final String ROOT = "runs";

    private static final Logger LOG = LoggerFactory.getLogger(PulledRun.class);
    private static final int NOT_FOUND = 404;
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final int TRIES = 60;

    private final String run;
    private final Path folder;
    private final Supplier<List<ControlClient>> nodes;
    private final int tries;
    private @Nullable Path present;

    /**
     * @param folder this node's of the run
     * @param nodes those that serve files now, of which some may not see the folder of runs
     */
    PulledRun(String run, Path folder, Supplier<List<ControlClient>> nodes) {
        this(run, folder, nodes, TRIES);
    }

    PulledRun(String run, Path folder, Supplier<List<ControlClient>> nodes, int tries) {
        this.tries = tries;
        this.run = run;
        this.folder = folder;
        this.nodes = nodes;
    }

    @Override
    public Path checkpoint(CheckpointRef checkpoint) {
        Path here = folder.resolve("jobs")
                .resolve(checkpoint.job())
                .resolve("checkpoints")
                .resolve(Path.of(URI.create(checkpoint.uri())).getFileName());
        forget(here);
        for (String file : List.of(Checkpoint.MANIFEST, Checkpoint.CONFIG)) {
            if (!bring(here.resolve(file))) {
                throw new RunException(
                        "no node has " + here.resolve(file) + "; one with the role web must see the folder of runs");
            }
        }
        Path state = here.resolve(Checkpoint.STATE);
        anyNode("checkpoint " + here, node -> {
            new FilePull(node).pull(filePath(state), state, checkpoint.sizeBytes(), checkpoint.sha256());
            return true;
        });
        present = here;
        return here;
    }

    // They are the run's; here each is needed once.
    private void forget(Path next) {
        if (present != null && !present.equals(next)) {
            try {
                Durable.deleteRecursively(present);
            } catch (IOException e) {
                LOG.warn("{} cannot be removed ({})", present, e.toString());
            }
        }
    }

    @Override
    public boolean bring(Path file) {
        return anyNode("file " + file, node -> {
            new FilePull(node).pull(filePath(file), file);
            return true;
        });
    }

    @Override
    public void give(Path report) {
        byte[] json;
        try {
            json = Files.readAllBytes(report);
        } catch (IOException e) {
            throw new UncheckedIOException(report + " cannot be read (" + e + ")", e);
        }
        Path evaluation = report.resolveSibling("").getFileName();
        String path = ReportRoutes.path(run, String.valueOf(evaluation), String.valueOf(report.getFileName()));
        boolean given = anyNode("report " + report, node -> {
            node.put(path, json);
            return true;
        });
        if (!given) {
            throw new RunException("no node takes " + report + "; one with the role web must see the folder of runs");
        }
    }

    private String filePath(Path file) {
        List<String> names = new ArrayList<>(List.of(run));
        folder.relativize(file).forEach(name -> names.add(name.toString()));
        return FileRoutes.path(ROOT, names);
    }

    /**
     * Asks one node after the other, and all again after a while: one that is away may come back. What one that sees the
     * run does not have, none has.
     */
    private boolean anyNode(String what, Predicate<ControlClient> ask) {
        for (int attempt = 1; ; attempt++) {
            RuntimeException failure = new RunException(
                    "no node that serves files sees the run " + run + "; one with the role web must, without --apart");
            for (ControlClient node : nodes.get()) {
                try {
                    return ask.test(node);
                } catch (ControlException e) {
                    if (e.status() != NOT_FOUND) {
                        failure = e;
                    } else if (seesRun(node)) {
                        return false;
                    }
                }
            }
            if (attempt == tries) {
                throw failure;
            }
            LOG.warn("{} waits for a node: {}", what, failure.getMessage());
            pause();
        }
    }

    private boolean seesRun(ControlClient node) {
        try {
            node.get(FileRoutes.described(filePath(folder.resolve(RunFolder.CONFIG))));
            return true;
        } catch (ControlException e) {
            return false;
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("interrupted while a node was waited for", e);
        }
    }
}
