package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unweave.config.RuleConfig;
import org.unweave.config.RuleConfig.Action;

/** A rule holds when its condition has been true for so many updates without a break, once until it is so anew. */
class JobRulesTest {
    private static final RuleConfig DEAD = new RuleConfig("dead-share > 0.5", 20, Action.PAUSE);
    private static final RuleConfig DOMINATED = new RuleConfig("dominated by 0.02", 20, Action.STOP);

    static MetricsHub.JobMetrics metrics(String job, long step, double l0, double explained, double dead) {
        return new MetricsHub.JobMetrics(
                "run",
                job,
                0,
                "train",
                step,
                100,
                step * 32,
                1,
                1,
                Map.of(),
                Map.of(),
                Map.of(),
                l0,
                explained,
                dead,
                1e-3,
                5,
                new MetricsHub.Spent(1, 0, 0, 0, 0, 0));
    }

    private static List<JobRules.Held> dead(JobRules rules, long step, double share) {
        return rules.take(metrics("a", step, 4, 0.5, share));
    }

    @Test
    void limit_holdsAfterSoManyUpdates_andAgainOnlyAfterAsMany() {
        JobRules rules = new JobRules(List.of(DEAD));
        assertThat(dead(rules, 10, 0.6)).isEmpty();
        assertThat(dead(rules, 20, 0.9)).isEmpty();
        assertThat(dead(rules, 30, 0.6)).containsExactly(new JobRules.Held("a", DEAD, 30));
        assertThat(dead(rules, 40, 0.6)).isEmpty();
        assertThat(dead(rules, 50, 0.6)).isEmpty();
        assertThat(dead(rules, 60, 0.6)).containsExactly(new JobRules.Held("a", DEAD, 60));
    }

    @Test
    void limit_thatIsNotPassedOnce_isLookedAtAnew() {
        JobRules rules = new JobRules(List.of(DEAD));
        dead(rules, 10, 0.6);
        dead(rules, 20, 0.5);
        assertThat(dead(rules, 30, 0.6)).isEmpty();
        assertThat(dead(rules, 40, 0.6)).isEmpty();
        assertThat(dead(rules, 50, 0.6)).hasSize(1);
    }

    @Test
    void jobs_areLookedAtEachByItself() {
        JobRules rules = new JobRules(List.of(DEAD));
        dead(rules, 10, 0.6);
        rules.take(metrics("b", 30, 4, 0.5, 0.6));
        assertThat(rules.take(metrics("b", 40, 4, 0.5, 0.6))).isEmpty();
        assertThat(dead(rules, 40, 0.6)).hasSize(1);
    }

    @Test
    void limitBelow_isOfValuesBelow() {
        RuleConfig low = new RuleConfig("variance-explained < 0.3", 10, Action.PAUSE);
        JobRules rules = new JobRules(List.of(low));
        assertThat(rules.take(metrics("a", 10, 4, 0.2, 0))).isEmpty();
        assertThat(rules.take(metrics("a", 20, 4, 0.29, 0))).containsExactly(new JobRules.Held("a", low, 20));
    }

    /** Feeds both jobs' lines, b's before a's or after. */
    private static List<JobRules.Held> both(JobRules rules, long step, double explainedB, double l0B, boolean lateB) {
        List<JobRules.Held> held = new ArrayList<>();
        MetricsHub.JobMetrics a = metrics("a", step, 10, 0.5, 0);
        MetricsHub.JobMetrics b = metrics("b", step, l0B, explainedB, 0);
        for (MetricsHub.JobMetrics one : lateB ? List.of(a, b) : List.of(b, a)) {
            held.addAll(rules.take(one));
        }
        return held;
    }

    @Test
    void dominated_isWhoExplainsLessWithNoFewerLatents_whoeverComesFirst() {
        for (boolean lateB : new boolean[] {true, false}) {
            JobRules rules = new JobRules(List.of(DOMINATED));
            assertThat(both(rules, 10, 0.6, 10, lateB)).isEmpty();
            assertThat(both(rules, 20, 0.6, 9, lateB)).isEmpty();
            assertThat(both(rules, 30, 0.6, 10, lateB)).containsExactly(new JobRules.Held("a", DOMINATED, 30));
            assertThat(both(rules, 40, 0.6, 10, lateB)).isEmpty();
        }
    }

    @Test
    void dominated_isNobodyWithinTheMargin_orWithFewerLatents() {
        JobRules rules = new JobRules(List.of(DOMINATED));
        for (long step = 10; step < 200; step += 10) {
            assertThat(both(rules, step, 0.519, 10, false)).isEmpty();
        }
        for (long step = 200; step < 400; step += 10) {
            assertThat(both(rules, step, 0.9, 10.1, false)).isEmpty();
        }
    }

    @Test
    void jobsAtOtherUpdates_areNotCompared() {
        JobRules rules = new JobRules(List.of(DOMINATED));
        for (long step = 10; step < 100; step += 10) {
            assertThat(rules.take(metrics("a", step, 10, 0.5, 0))).isEmpty();
            assertThat(rules.take(metrics("b", step + 1000, 10, 0.9, 0))).isEmpty();
        }
    }

    @Test
    void lineOfAnotherJobThatIsMissing_breaksNothingButIsNoComparison() {
        JobRules rules = new JobRules(List.of(DOMINATED));
        both(rules, 10, 0.6, 10, false);
        rules.take(metrics("a", 20, 10, 0.5, 0)); // b's was lost.
        assertThat(both(rules, 30, 0.6, 10, false)).isEmpty();
        assertThat(both(rules, 40, 0.6, 10, false)).isEmpty();
        assertThat(both(rules, 50, 0.6, 10, false)).hasSize(1);
    }
}
