package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.config.ConfigReader;
import org.unweave.config.JobConfig;
import org.unweave.config.RuleConfig;
import org.unweave.config.RunConfig;
import org.unweave.eval.EvalReport;
import org.unweave.eval.Judgement;
import org.unweave.model.checkpoint.Checkpoint;
import org.unweave.model.checkpoint.CheckpointRef;
import org.unweave.model.math.Mat;
import org.unweave.model.train.JobChange;
import org.unweave.model.train.JobFolder;
import org.unweave.model.train.JobFork;
import org.unweave.model.train.TrainJob;

/** What comes of each command in each state of a job, and that what it asks for lies on the disk before it is kept. */
class ControlDeskTest {
    private static final ActorRef<Supervisor.Answer> NOBODY =
            TestInbox.<Supervisor.Answer>create().getRef();

    @TempDir
    Path folder;

    private final Fleet fleet = new Fleet();
    private RunConfig config = TestRun.of(Path.of("."), List.of(), TestRun.supervision(1), "topk");
    private RunTable table = new RunTable(text -> config);
    private ControlDesk desk = new ControlDesk(TestRun.house(config), fleet);

    /** Reads configs, and refuses a job more where it is told to. */
    private static final class House implements RunHouse {
        private final Path runs;
        private String problem = "";

        private House(Path runs) {
            this.runs = runs;
        }

        @Override
        public RunConfig read(String text) {
            return ConfigReader.readResolvedText(text, "test", List.of("runs-folder=" + runs));
        }

        @Override
        public void open(RunConfig run) {}

        @Override
        public void check(RunConfig amended) {
            if (!problem.isEmpty()) {
                throw new IllegalStateException(problem);
            }
        }

        @Override
        public void close(RunConfig run) {}
    }

    private House house = new House(Path.of("."));

    @BeforeEach
    void begin() {
        config = TestRun.of(folder, List.of("core"), TestRun.supervision(1), "topk", "dynamic-margin", "standard");
        house = new House(folder);
        table = new RunTable(house::read);
        desk = new ControlDesk(house, fleet);
        table.apply(new JournalEntry.RunSubmitted("run", ConfigReader.render(config), Map.of()));
        for (String job : List.of("topk", "dynamic-margin")) {
            table.apply(new JournalEntry.JobPlaced("run", job, 0, "a#1"));
        }
    }

    private ControlDesk.Ruling rule(Supervisor.Control command) {
        return desk.rule(table, command);
    }

    /** The one entry of what is taken, applied. */
    private JournalEntry taken(Supervisor.Control command) {
        ControlDesk.Ruling ruling = rule(command);
        assertThat(ruling.problem()).isEmpty();
        ruling.entries().forEach(table::apply);
        assertThat(ruling.entries()).hasSize(1);
        return ruling.entries().getFirst();
    }

    private String refused(Supervisor.Control command) {
        ControlDesk.Ruling ruling = rule(command);
        assertThat(ruling.entries()).isEmpty();
        assertThat(ruling.problem()).isNotEmpty();
        return ruling.problem();
    }

    private RunTable.Job job(String name) {
        RunTable.Job job = table.job("run", name);
        assertThat(job).isNotNull();
        return Objects.requireNonNull(job);
    }

    private static Supervisor.SetJob set(String job, String key, String value) {
        return new Supervisor.SetJob("run", job, Map.of(key, value), NOBODY);
    }

    private void train(String name, long to) {
        try (TrainJob job = TestRun.open(config, TestRun.job(name), 0)) {
            while (job.step() < to) {
                try (Mat rowsBD = TestRun.batch(job.nextBatch())) {
                    job.step(rowsBD);
                }
                if (job.checkpointDue()) {
                    job.checkpoint();
                }
            }
        }
    }

    @Test
    void stop_ofAJobWhoseStatisticsOthersWaitFor_isRefused_alsoByARule() {
        RunConfig two = TestRun.of(folder, List.of("core"), TestRun.supervision(1), "dynamic-margin", "baseline");
        String pooled = ConfigReader.render(two)
                .replace("source = own", "source = pooled")
                .replaceAll("(similarity \\{\\s+weight = )0\n", "$10.1\n");
        table = new RunTable(house::read);
        table.apply(new JournalEntry.RunSubmitted("run", pooled, Map.of()));
        assertThat(job("baseline").config().poolsStatistics()).isTrue();

        assertThat(refused(new Supervisor.StopJob("run", "dynamic-margin", NOBODY)))
                .contains("others wait for the statistics of dynamic-margin");
        RuleConfig rule = new RuleConfig("dead-share > 0.5", 10, RuleConfig.Action.STOP);
        assertThat(desk.rule(table, new Supervisor.FollowRule("run", "dynamic-margin", rule, 20)))
                .isEmpty();
    }

    @Test
    void table_takesAChangeThatDoesNotFit_andKeepsTheJobAsItWas() {
        JobConfig before = job("topk").config();

        table.apply(new JournalEntry.JobChanged("run", "topk", new JobChange(1, 4, Map.of("k", "100000"))));

        assertThat(job("topk").config()).isEqualTo(before);
    }

    @Test
    void set_isAChangeOfTheNextNumber_validatedWithThoseBeforeIt() {
        assertThat(taken(set("topk", "k", "6")))
                .isEqualTo(new JournalEntry.JobChanged("run", "topk", new JobChange(1, -1, Map.of("k", "6"))));
        assertThat(taken(set("topk", "learning-rate", "0.5")))
                .isEqualTo(new JournalEntry.JobChanged(
                        "run", "topk", new JobChange(2, -1, Map.of("learning-rate", "0.5"))));
        assertThat(job("topk").config().k()).isEqualTo(6);
        assertThat(job("topk").config().learningRate()).isEqualTo(0.5);
        assertThat(fleet.standing(job("topk")).set()).isEqualTo("k=6@? learning-rate=0.5@?");

        table.apply(new JournalEntry.JobChanged("run", "topk", new JobChange(1, 12, Map.of("k", "6"))));
        taken(set("topk", "k", "7"));
        assertThat(fleet.standing(job("topk")).set()).isEqualTo("k=7@? learning-rate=0.5@?");
        table.apply(new JournalEntry.JobChanged("run", "topk", new JobChange(3, 20, Map.of("k", "7"))));
        assertThat(fleet.standing(job("topk")).set()).isEqualTo("k=7@20 learning-rate=0.5@?");
        assertThat(fleet.standing(job("topk")).targetL0()).isEqualTo(7);
    }

    @Test
    void set_isRefusedWithTheReason() {
        assertThat(refused(set("topk", "k", "49"))).contains("more than the 48 features");
        assertThat(refused(set("topk", "features", "4"))).contains("features is fixed", "learning-rate");
        assertThat(refused(set("other", "k", "4"))).contains("no job of run is named other", "topk");
        table.apply(new JournalEntry.JobDone("run", "topk", 60, new Trainer.Pace(1, 1)));
        assertThat(refused(set("topk", "k", "4"))).contains("topk is done");
        table.apply(new JournalEntry.StopWanted("run"));
        assertThat(refused(set("dynamic-margin", "k", "4"))).contains("the run run is stopping");
    }

    @Test
    void stop_endsOneJob_andResumeHasItGoOn() {
        assertThat(taken(new Supervisor.StopJob("run", "topk", NOBODY)))
                .isEqualTo(new JournalEntry.JobStopWanted("run", "topk", true));
        assertThat(refused(new Supervisor.StopJob("run", "topk", NOBODY))).contains("topk is stopping already");
        assertThat(job("dynamic-margin").stopWanted()).isFalse();
        assertThat(TrainerNews.entry(job("topk"), new Trainer.Stopped("run", "topk", 0, 12)))
                .contains(new JournalEntry.JobStopped("run", "topk", 12));
        table.apply(new JournalEntry.JobStopped("run", "topk", 12));
        assertThat(fleet.state(job("topk"))).isEqualTo("stopped");
        assertThat(refused(new Supervisor.PauseJob("run", "topk", NOBODY))).contains("topk is stopped");

        assertThat(taken(new Supervisor.ResumeJob("run", "topk", NOBODY)))
                .isEqualTo(new JournalEntry.JobStopWanted("run", "topk", false));
        assertThat(job("topk").phase()).isEqualTo(RunTable.Phase.WAITING);
        assertThat(refused(new Supervisor.ResumeJob("run", "topk", NOBODY))).contains("topk is waiting");
    }

    @Test
    void stoppedWhileItWaits_isStoppedByThePlanner_andAFailureIsNotBegunAgain() {
        taken(new Supervisor.StopJob("run", "standard", NOBODY));
        assertThat(Planner.entries(table, fleet, true)).contains(new JournalEntry.JobStopped("run", "standard", 0));
        taken(new Supervisor.StopJob("run", "topk", NOBODY));
        table.apply(new JournalEntry.JobFailed("run", "topk", 7, "gone", false));
        assertThat(job("topk").phase()).isEqualTo(RunTable.Phase.STOPPED);
        assertThat(job("topk").restarts()).isZero();
    }

    @Test
    void resumedBeforeItHasStopped_isPlacedAgain() {
        taken(new Supervisor.StopJob("run", "topk", NOBODY));
        taken(new Supervisor.ResumeJob("run", "topk", NOBODY));
        assertThat(TrainerNews.entry(job("topk"), new Trainer.Stopped("run", "topk", 0, 12)))
                .containsInstanceOf(JournalEntry.JobUnplaced.class);
    }

    @Test
    void evaluate_isOfTheNewestCheckpointOrTheOneOfAStep_once() throws IOException {
        assertThat(refused(new Supervisor.EvaluateJob("run", "topk", Supervisor.NEWEST, NOBODY)))
                .contains("topk has no checkpoint yet");
        train("topk", 20);
        Path jobs = config.folder().resolve("jobs/topk");
        CheckpointRef newest =
                Checkpoint.open(jobs.resolve("checkpoints/000000018")).ref();
        assertThat(taken(new Supervisor.EvaluateJob("run", "topk", Supervisor.NEWEST, NOBODY)))
                .isEqualTo(new JournalEntry.EvaluationWanted("run", "topk", newest));
        assertThat(jobs.resolve("kept/000000018")).exists();
        RunTable.Due due = new RunTable.Due("topk", 18, Judgement.SCHEDULED);
        assertThat(job("topk").run().due()).containsEntry(due, newest);
        assertThat(refused(new Supervisor.EvaluateJob("run", "topk", 18, NOBODY)))
                .contains("topk at step 18 waits to be judged already");
        table.apply(new JournalEntry.CheckpointJudged("run", "topk", 18, Judgement.SCHEDULED, "the evaluator died"));
        assertThat(taken(new Supervisor.EvaluateJob("run", "topk", 18, NOBODY)))
                .isEqualTo(new JournalEntry.EvaluationWanted("run", "topk", newest));
        assertThat(job("topk").run().due()).containsEntry(due, newest);
        table.apply(new JournalEntry.CheckpointJudged("run", "topk", 18, Judgement.SCHEDULED, ""));
        Path last = EvalReport.file(config.folder(), "core", "run_topk_18");
        Files.createDirectories(Objects.requireNonNull(last.getParent()));
        Files.writeString(last, "{}");
        assertThat(refused(new Supervisor.EvaluateJob("run", "topk", 18, NOBODY)))
                .contains("topk at step 18 is judged already; its reports are in "
                        + config.folder().resolve("evals"));
        assertThat(refused(new Supervisor.EvaluateJob("run", "topk", 17, NOBODY)))
                .contains("no checkpoint of step 17", "18");
        long earlier =
                new JobFolder(config.folder(), "topk").checkpoints().steps().getFirst();
        assertThat(earlier).isLessThan(18);
        Path report = EvalReport.file(config.folder(), "core", "run_topk_" + earlier);
        Files.createDirectories(Objects.requireNonNull(report.getParent()));
        Files.writeString(report, "{}");
        assertThat(refused(new Supervisor.EvaluateJob("run", "topk", earlier, NOBODY)))
                .contains("is judged already");
    }

    @Test
    void keptCheckpoint_isNotPruned() {
        train("topk", 6);
        taken(new Supervisor.EvaluateJob("run", "topk", 6, NOBODY));
        train("topk", 54);
        assertThat(new JobFolder(config.folder(), "topk").checkpoints().steps())
                .contains(6L)
                .doesNotContain(12L);
    }

    @Test
    void fork_hasTheParentsCheckpointAsItsOwn_andTheRunOneJobMore() {
        assertThat(refused(new Supervisor.ForkJob("run", "topk", "topk-b", Map.of(), NOBODY)))
                .contains("topk has no checkpoint yet");
        train("topk", 20);
        Checkpoint parent =
                TestRun.checkpoints(config, "topk").newest().orElseThrow().checkpoint();
        assertThat(refused(new Supervisor.ForkJob("run", "topk", "standard", Map.of(), NOBODY)))
                .contains("there is a job named standard in run run already");
        assertThat(refused(new Supervisor.ForkJob("run", "topk", "topk-b", Map.of("features", "64"), NOBODY)))
                .contains("features is fixed");
        house.problem = "the disk is full";
        assertThat(refused(new Supervisor.ForkJob("run", "topk", "topk-b", Map.of(), NOBODY)))
                .isEqualTo("the disk is full");
        assertThat(config.folder().resolve("jobs/topk-b")).doesNotExist();
        house.problem = "";

        JournalEntry entry = taken(new Supervisor.ForkJob("run", "topk", "topk-b", Map.of("k", "6"), NOBODY));

        assertThat(entry).isInstanceOf(JournalEntry.JobAdded.class);
        assertThat(((JournalEntry.JobAdded) entry).epoch()).isEqualTo(1);
        RunConfig amended = job("topk-b").run().config();
        assertThat(amended.added()).containsExactly("topk-b");
        assertThat(amended.jobs().getLast().k()).isEqualTo(6);
        Checkpoint made =
                TestRun.checkpoints(config, "topk-b").newest().orElseThrow().checkpoint();
        assertThat(made.manifest().job()).isEqualTo(amended.jobs().getLast());
        assertThat(made.manifest().step()).isEqualTo(18);
        assertThat(made.manifest().stateSha256()).isEqualTo(parent.manifest().stateSha256());
        assertThat(JobFork.of(new JobFolder(config.folder(), "topk-b")))
                .contains(new JobFork("topk", 18, parent.manifest().stateSha256()));
        assertThat(made.manifest().provenance())
                .containsEntry("parent_job", "topk")
                .containsEntry("parent_step", "18")
                .containsEntry("parent_sha256", parent.manifest().stateSha256());
        assertThat(refused(new Supervisor.ForkJob("run", "topk", "topk-b", Map.of(), NOBODY)))
                .contains("there is a job named topk-b");
    }

    @Test
    void fork_thatNobodyHeardOf_isMadeAnew_butNoFolderOfAJobIsTouched() throws IOException {
        train("topk", 20);
        desk.rule(
                table, new Supervisor.ForkJob("run", "topk", "topk-b", Map.of(), NOBODY)); // Killed before it was kept.
        taken(new Supervisor.ForkJob("run", "topk", "topk-b", Map.of("k", "5"), NOBODY));
        assertThat(job("topk-b").config().k()).isEqualTo(5);
        Files.createDirectories(config.folder().resolve("jobs/topk-c/checkpoints"));
        assertThat(refused(new Supervisor.ForkJob("run", "topk", "topk-c", Map.of(), NOBODY)))
                .contains("there is a folder", "topk-c");
    }

    @Test
    void add_isAnEntryOfJobs_validatedAsOne() {
        JournalEntry entry = taken(new Supervisor.AddJob("run", "variant = topk\nname = wide\nk = 8", NOBODY));

        assertThat(((JournalEntry.JobAdded) entry).job()).isEqualTo("wide");
        assertThat(job("wide").config().k()).isEqualTo(8);
        assertThat(job("wide").config().seed()).isEqualTo(config.seed());
        assertThat(job("wide").phase()).isEqualTo(RunTable.Phase.WAITING);
        assertThat(job("wide").run().config().added()).containsExactly("wide");
        assertThat(refused(new Supervisor.AddJob("run", "variant = topk", NOBODY)))
                .contains("there is a job named topk in run run already");
        assertThat(refused(new Supervisor.AddJob("run", "variant = topk, kk = 3, name = a", NOBODY)))
                .contains("unknown key jobs.kk");
        assertThat(refused(new Supervisor.AddJob("run", "variant = topk, k = [1, 2]", NOBODY)))
                .contains("make 2 jobs");
        assertThat(refused(new Supervisor.AddJob("run", "variant = contrastive", NOBODY)))
                .contains("need labelled texts");
        assertThat(refused(new Supervisor.AddJob("run", "k = 3", NOBODY))).contains("has no variant");
        house.problem = "more than disk-budget";
        assertThat(refused(new Supervisor.AddJob("run", "variant = gated", NOBODY)))
                .isEqualTo("more than disk-budget");
    }

    @Test
    void runThatIsOver_takesNoCommand() {
        table.apply(new JournalEntry.RunOver("run"));
        assertThat(refused(set("topk", "k", "6"))).contains("the run run is over");
        assertThat(refused(new Supervisor.StopRun("run", NOBODY))).contains("the run run is over");
        assertThat(refused(new Supervisor.StopRun("other", NOBODY))).contains("no run is named other", "run");
    }

    @Test
    void resubmittedRun_knowsWhatItsJobsHadTaken() {
        try (TrainJob job = TestRun.open(config, TestRun.job("topk"), 0)) {
            job.change(1, Map.of("k", "6"));
        }
        table.apply(new JournalEntry.RunOver("run"));

        ControlDesk.Ruling ruling = rule(new Supervisor.Submit(ConfigReader.render(config), NOBODY));
        ruling.entries().forEach(table::apply);

        assertThat(ruling.problem()).isEmpty();
        assertThat(job("topk").config().k()).isEqualTo(6);
        assertThat(taken(set("topk", "k", "7")))
                .isEqualTo(new JournalEntry.JobChanged("run", "topk", new JobChange(2, -1, Map.of("k", "7"))));
    }
}
