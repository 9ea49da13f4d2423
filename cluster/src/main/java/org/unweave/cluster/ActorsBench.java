package org.unweave.cluster;

import com.sun.management.OperatingSystemMXBean;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.stream.LongStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.jspecify.annotations.Nullable;
import org.unweave.actors.ActivationFeed;
import org.unweave.actors.NodeRuns;
import org.unweave.actors.Seat;
import org.unweave.actors.Supervisor;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.RunConfig;
import org.unweave.eval.Judge;
import org.unweave.model.LabelledTexts;
import org.unweave.model.Progress;
import org.unweave.model.file.Durable;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.train.Hearing;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.StepBench;
import org.unweave.model.train.TrainJob;

/**
 * Times what the actors cost: jobs trained inside the actors of a run in one process, and the same jobs on the same
 * batches by plain threads, in turn.
 *
 * <p>Both read each batch from rows that are made up, write metrics, and a checkpoint at the end. The clock runs from before
 * the first job is opened until all is written, with actors until the run is known to be over.
 */
public final class ActorsBench implements AutoCloseable {
    private static final int BATCHES = 8;
    private static final int HELD_OUT_ROWS = 64;
    private static final String RUN = "bench";

    /**
     * What is trained.
     *
     * @param variant of all jobs
     * @param rows B
     * @param width D
     * @param features F
     * @param k active latents of a row
     * @param jobs that are trained at the same time
     * @param slots jobs that work at the same time: slots with actors, threads that take one job after another without
     * @param threads of a slot
     * @param steps updates of each job
     */
    public record Shape(
            String variant, int rows, int width, int features, int k, int jobs, int slots, int threads, int steps) {}

    /**
     * What an update took of a slot, in the mean of all updates of all jobs.
     *
     * @param wallMs milliseconds that went by
     * @param besideMs those of them outside of the computing of updates: for batches, metrics, checkpoints, and for waiting
     * @param processorMs milliseconds that the whole process worked
     */
    public record Cost(double wallMs, double besideMs, double processorMs) {}

    /** Both ways, one after the other. */
    public record Turn(Cost alone, Cost actors) {
        /** What actors add, as a share of the wall time alone; all that a machine's pace changes between the two is in it. */
        public double overhead() {
            return actors.wallMs / alone.wallMs - 1;
        }

        /** The same without the computing of updates, which is the same code in both, and which a machine's pace changes most. */
        public double besideOverhead() {
            return (actors.besideMs - alone.besideMs) / alone.wallMs;
        }

        /** The same of the processor time. */
        public double processorOverhead() {
            return actors.processorMs / alone.processorMs - 1;
        }
    }

    private record Moment(long wallNanos, long processorNanos) {
        private static final OperatingSystemMXBean PROCESS =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

        private static Moment now() {
            return new Moment(System.nanoTime(), PROCESS.getProcessCpuTime());
        }

        private Cost since(Moment start, Shape shape, double updateSeconds) {
            double updates = (double) shape.jobs() * shape.steps();
            double slotMs = (wallNanos - start.wallNanos) / 1e6 * Math.min(shape.slots(), shape.jobs());
            return new Cost(
                    slotMs / updates,
                    (slotMs - updateSeconds * 1e3) / updates,
                    (processorNanos - start.processorNanos) / 1e6 / updates);
        }
    }

    private final Shape shape;
    private final Path folder;
    private final RunConfig config;
    private final List<Device> devices = new ArrayList<>();
    private final List<Mat> batches = new ArrayList<>();
    private final Mat heldOutBD;

    private ActorsBench(Shape shape) throws IOException {
        this.shape = shape;
        this.folder = Files.createTempDirectory("unweave-bench");
        this.config = ConfigReader.read("smoke", overrides(shape, folder), Clock.systemUTC());
        for (int i = 0; i < shape.jobs(); i++) {
            devices.add(Device.cpu(shape.threads()));
        }
        for (int i = 0; i < BATCHES; i++) {
            batches.add(StepBench.rows(shape.rows(), shape.width(), i));
        }
        this.heldOutBD = StepBench.rows(HELD_OUT_ROWS, shape.width(), BATCHES);
    }

    /** So many turns, after one that is not counted; who is first changes from turn to turn. */
    public static List<Turn> run(Shape shape, int turns) {
        try (ActorsBench bench = new ActorsBench(shape)) {
            List<Turn> all = new ArrayList<>();
            for (int turn = 0; turn <= turns; turn++) {
                boolean aloneFirst = turn % 2 == 0;
                Cost first = aloneFirst ? bench.alone() : bench.actors();
                Cost second = aloneFirst ? bench.actors() : bench.alone();
                if (turn > 0) {
                    all.add(aloneFirst ? new Turn(first, second) : new Turn(second, first));
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException("the bench needs a temporary folder", e);
        }
    }

    private static List<String> overrides(Shape shape, Path folder) {
        String seeds = LongStream.rangeClosed(1, shape.jobs()).boxed().toList().toString();
        return List.of(
                "name=" + RUN,
                "runs-folder=" + ConfigUtil.quoteString(folder.toString()),
                "jobs=[{ variant = " + shape.variant() + ", seed = " + seeds + " }]",
                "job.features=" + shape.features(),
                "job.k=" + shape.k(),
                "job.target-l0=auto",
                "train.batch-rows=" + shape.rows(),
                "train.rows=" + (long) shape.rows() * shape.steps(),
                "train.checkpoint-share=1",
                "train.evaluate-at=[]",
                "eval.controls=[]",
                "train.metrics-every-steps=10",
                "slots.cpu=" + shape.slots(),
                "slots.threads=" + shape.threads(),
                "supervision.max-restarts=0");
    }

    private TrainJob open(int job) {
        TrainJob.Setup setup = new TrainJob.Setup(
                config.folder(),
                ConfigReader.render(config),
                config.train(),
                config.jobs().get(job),
                shape.width(),
                1,
                batch -> LabelledTexts.NONE,
                heldOutBD,
                0,
                Hearing.Plan.NONE,
                Map.of());
        return new TrainJob(setup, devices.get(job).ops());
    }

    // A batch of a store takes more: its rows are found one by one, and are bf16.
    private void read(long batch, Mat outBD) {
        outBD.copyFrom(batches.get((int) (batch % BATCHES)));
    }

    private Cost alone() throws IOException {
        Queue<Integer> jobs = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < shape.jobs(); i++) {
            jobs.add(i);
        }
        DoubleAdder updateSeconds = new DoubleAdder();
        Moment start = Moment.now();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < shape.slots(); i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            threads.add(done);
            Thread.ofPlatform().start(() -> {
                try {
                    trainAll(jobs, updateSeconds);
                    done.complete(null);
                } catch (RuntimeException | Error e) {
                    done.completeExceptionally(e);
                }
            });
        }
        threads.forEach(CompletableFuture::join);
        Cost cost = Moment.now().since(start, shape, updateSeconds.sum());
        Durable.deleteRecursively(config.folder());
        return cost;
    }

    private void trainAll(Queue<Integer> jobs, DoubleAdder updateSeconds) {
        try (Mat xBD = Mat.zeros(shape.rows(), shape.width())) {
            for (Integer next = jobs.poll(); next != null; next = jobs.poll()) {
                try (TrainJob job = open(next)) {
                    while (!job.done()) {
                        read(job.nextBatch(), xBD);
                        job.step(xBD);
                    }
                    job.checkpoint();
                    updateSeconds.add(job.seconds());
                }
            }
        }
    }

    private Cost actors() throws IOException {
        BenchRuns runs = new BenchRuns();
        CompletableFuture<Supervisor.RunEnded> outcome = new CompletableFuture<>();
        ActorSystem<LocalGuardian.Command> system = ActorSystem.create(
                LocalGuardian.create(config, runs, new RunHooks(), Progress.NONE, null, outcome),
                "unweave",
                ConfigFactory.load("application-local"));
        system.getWhenTerminated()
                .whenComplete((done, failure) -> outcome.completeExceptionally(
                        new IllegalStateException("the actors ended before the run did")));
        Cost cost;
        try {
            Supervisor.RunEnded ended = outcome.join();
            cost = Moment.now().since(runs.start.join(), shape, runs.updateSeconds());
            ended.jobs().forEach(ActorsBench::requireDone);
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
        }
        Durable.deleteRecursively(config.folder());
        return cost;
    }

    private static void requireDone(JobFolder.Standing job) {
        if (!job.state().equals("done")) {
            throw new RunException(job.job() + " has failed: " + job.reason());
        }
    }

    /** The one run, of batches that lie in memory. */
    private final class BenchRuns implements NodeRuns {
        private final CompletableFuture<Moment> start = new CompletableFuture<>();
        private final Map<String, Integer> numbers = new HashMap<>();
        private final Queue<TrainJob> opened = new ConcurrentLinkedQueue<>();

        private BenchRuns() {
            for (JobConfig job : config.jobs()) {
                numbers.put(job.name(), numbers.size());
            }
        }

        @Override
        public void add(String run, String text, List<String> files) {}

        @Override
        public RunConfig config(String run) {
            return config;
        }

        @Override
        public Behavior<ActivationFeed.Command> feed(String run) {
            return ActivationFeed.create(
                    ActorsBench.this::read,
                    shape.rows(),
                    shape.width(),
                    config.train().windowBatches());
        }

        @Override
        public TrainJob openJob(String run, String job, int epoch, Seat seat) {
            start.complete(Moment.now());
            @Nullable Integer number = numbers.get(job);
            if (number == null) {
                throw new IllegalArgumentException("no job is named " + job);
            }
            TrainJob trained = open(number);
            opened.add(trained);
            return trained;
        }

        /** Of all jobs, once they are done. */
        private double updateSeconds() {
            return opened.stream().mapToDouble(TrainJob::seconds).sum();
        }

        @Override
        public Judge openJudge(String run) {
            throw new IllegalStateException("nothing is judged in a bench");
        }

        @Override
        public void remove(String run) {}
    }

    @Override
    public void close() throws IOException {
        batches.forEach(Mat::close);
        heldOutBD.close();
        devices.forEach(Device::close);
        Durable.deleteRecursively(folder);
    }
}
