package org.unweave.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Everything that decides a run, resolved: presets, files and overrides are already merged, grids are already jobs.
 *
 * @param name the run's name and its folder's, {@code [a-z0-9][a-z0-9._-]{0,63}}
 * @param preset the preset or file that the run was made from
 * @param seed decides the order of batches, the splits of texts and, with a job's own seed, its parameters
 * @param runsFolder the folder in which the run's folder is made
 * @param cache the folder of the bundle, the activation stores and the activations of evaluation sets
 * @param diskBudgetBytes what the run's folder may take; checked before the start
 * @param rules what is done to a job by itself when its measurements say so
 * @param hooks who is told of what happens
 * @param jobs one job per variant and grid point; names are unique
 * @param added the names of those that were added when the run was in work; the others do not go by their statistics
 */
public record RunConfig(
        String name,
        String preset,
        long seed,
        Path runsFolder,
        Path cache,
        long diskBudgetBytes,
        ModelConfig model,
        DataConfig data,
        LabelledConfig labelled,
        ExchangeConfig exchange,
        TrainConfig train,
        SlotsConfig slots,
        SupervisionConfig supervision,
        EvalConfig eval,
        List<RuleConfig> rules,
        HooksConfig hooks,
        List<JobConfig> jobs,
        List<String> added) {

    public RunConfig {
        Check.id("name", name);
        Check.atLeast("disk-budget", diskBudgetBytes, 1);
        Check.that(!jobs.isEmpty(), "jobs", "names no job; give at least one, as in jobs = [{ variant = topk }]");
        jobs = List.copyOf(jobs);
        rules = List.copyOf(rules);
        List<String> names = jobs.stream().map(JobConfig::name).toList();
        Check.distinct("jobs", names);
        added = List.copyOf(added);
        for (String late : added) {
            Check.that(
                    names.contains(late), "added", "no job is named " + late + "; leave it empty in a run's own file");
        }
        for (JobConfig job : jobs) {
            checkSchedule(job, train);
            checkLabelled(job, labelled);
        }
    }

    private static void checkLabelled(JobConfig job, LabelledConfig labelled) {
        Check.that(
                labelled.source().isPresent() || job.labelledTerms().isEmpty(),
                "jobs",
                job.name() + ": its terms " + String.join(", ", job.labelledTerms())
                        + " need labelled texts, and there are none; set labelled.set = review-domain-sentiment, or give the"
                        + " terms the weight 0");
    }

    // Shares cannot be longer than the run; absolute numbers can, and would then never act.
    private static void checkSchedule(JobConfig job, TrainConfig train) {
        if (!job.asDictionaryLearning()) {
            return;
        }
        Map.Entry<String, Long> longest = job.dictionaryLearning().longest(job.variant());
        Check.that(
                longest.getValue() < train.steps(),
                "jobs",
                job.name() + ": dictionary-learning." + longest.getKey() + " is " + longest.getValue()
                        + ", but the run has only " + train.steps() + " updates (train.rows / train.batch-rows)");
    }

    /** The same run with one job more, that was added when the run was in work. */
    RunConfig with(JobConfig job) {
        List<JobConfig> more = new ArrayList<>(jobs);
        more.add(job);
        List<String> moreAdded = new ArrayList<>(added);
        moreAdded.add(job.name());
        return new RunConfig(
                name,
                preset,
                seed,
                runsFolder,
                cache,
                diskBudgetBytes,
                model,
                data,
                labelled,
                exchange,
                train,
                slots,
                supervision,
                eval,
                rules,
                hooks,
                more,
                moreAdded);
    }

    /** The folder that holds everything the run writes. */
    public Path folder() {
        return runsFolder.resolve(name);
    }
}
