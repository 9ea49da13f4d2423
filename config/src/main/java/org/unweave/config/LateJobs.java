package org.unweave.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.List;

/** Jobs that are added to a run in work. The defaults of such a job are those of reference.conf and of its variant. */
public final class LateJobs {
    private static final String PLACE = "the entry";
    private static final String JOBS = "jobs";

    private LateJobs() {}

    /**
     * The run with one job more.
     *
     * @throws InvalidConfigException if its name is taken, or it does not fit into the run
     */
    public static RunConfig with(RunConfig run, JobConfig job) {
        if (run.jobs().stream().anyMatch(other -> other.name().equals(job.name()))) {
            throw new InvalidConfigException(List.of("there is a job named " + job.name() + " in run " + run.name()
                    + " already; give the new one another name, as in name = " + job.name() + "-2"));
        }
        try {
            return run.with(job);
        } catch (InvalidValueException e) {
            throw new InvalidConfigException(List.of(e.problem()));
        }
    }

    /**
     * The run with a job more that is given as an entry of {@code jobs}, {@code variant = topk, k = 64}. What is {@code auto}
     * in it is the run's.
     *
     * @throws InvalidConfigException with every problem that was found
     */
    public static RunConfig withEntry(RunConfig run, String entry) {
        Problems problems = new Problems();
        Config parsed = new Sources(problems).parseText(entry, PLACE).config();
        problems.throwIfAny();
        Config reference = Sources.reference();
        Config config = ConfigReader.resolve(
                reference
                        .withValue("seed", ConfigValueFactory.fromAnyRef(run.seed()))
                        .withValue(JOBS, ConfigValueFactory.fromIterable(List.of(parsed.root()), PLACE)),
                PLACE,
                problems);
        ConfigReader.checkKeys(config, reference, Overrides.parse(List.of(), problems), problems);
        // A job has no paths, in which ~ would stand for something.
        Binder binder = new Binder(new Scalars(Path.of("~")), problems);
        List<JobConfig> jobs = new JobBlocks(config, reference, List.of(), binder, problems).read();
        problems.throwIfAny();
        if (jobs == null || jobs.size() != 1) {
            throw new InvalidConfigException(List.of(PLACE + ": its lists make "
                    + (jobs == null ? "no job" : jobs.size() + " jobs") + "; add one job at a time"));
        }
        return with(run, jobs.getFirst());
    }
}
