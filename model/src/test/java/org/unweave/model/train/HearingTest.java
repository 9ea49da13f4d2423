package org.unweave.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.config.ExchangeConfig;
import org.unweave.config.JobConfig;
import org.unweave.config.JobConfig.AdversarialConfig.Scope;
import org.unweave.config.JobConfig.AttributionSource;
import org.unweave.config.JobConfig.MarginSource;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;
import org.unweave.model.exchange.AttributionSnapshot.Source;
import org.unweave.model.exchange.EmaStatistics;
import org.unweave.model.exchange.ExchangeRecord;
import org.unweave.model.exchange.ExchangeRecord.Heard;
import org.unweave.model.exchange.Told;
import org.unweave.model.sae.Jobs;

/**
 * In a repeatable run a job hears each thing before one update and waits for it; otherwise it hears the newest when it is
 * there; in a replay what the record says. What is old, of another run or of no interest is never heard.
 */
class HearingTest {
    private static final int EVERY = 5;
    private static final long STEPS = 100;
    private static final long DELAY = 10;
    private static final int FEATURES = 24;
    private static final Set<Long> CHECKPOINTS = Set.of(20L, 40L, 60L);

    @TempDir
    Path folder;

    private static JobConfig job() {
        return Jobs.of("self-aligned")
                .features(FEATURES)
                .similarity(0.3, 512, 0.95, 2, MarginSource.POOLED)
                .attribution(AttributionSource.EVALUATOR)
                .adversarial(0.3, Scope.ALL)
                .job();
    }

    private static Hearing hearing(JobConfig job, Hearing.Plan plan, Heard... heard) {
        return new Hearing(plan, job, CHECKPOINTS, STEPS, List.of(heard));
    }

    private static Hearing hearing(boolean repeatable, String... peers) {
        return hearing(job(), new Hearing.Plan(config(repeatable), List.of(peers), null));
    }

    private static ExchangeConfig config(boolean repeatable) {
        return new ExchangeConfig(EVERY, repeatable, DELAY / (double) STEPS, "");
    }

    private static EmaStatistics statistics(String job, long step) {
        return new EmaStatistics(job, step, 0.1, 0.2, 0.5, step);
    }

    private static AttributionSnapshot snapshot(String job, long step, Source source, int features, int feature) {
        return new AttributionSnapshot(
                job, step, source, "spurious", features, List.of(new Attributed(feature, 1)), 1, 0.75);
    }

    private static AttributionSnapshot snapshot(long step) {
        return snapshot("job", step, Source.EVALUATOR, FEATURES, 3);
    }

    private Path jobFolder(String job) throws IOException {
        return Files.createDirectories(new JobFolder(folder, job).path());
    }

    private void tells(String job, String rest, long... steps) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (long step : steps) {
            lines.append(ExchangeRecord.line(new Heard(step, statistics(job, step))))
                    .append('\n');
        }
        Files.writeString(jobFolder(job).resolve("told.jsonl"), lines + rest);
    }

    private void stands(String job, String state) throws IOException {
        Files.writeString(jobFolder(job).resolve("state.json"), "{\"state\": \"" + state + "\"}");
    }

    @Test
    void statistics_areHeardOnePeriodLater_andEachPeerThatIsMissingIsNamed() {
        Hearing hearing = hearing(true, "other", "third");

        assertThat(hearing.awaited(10)).contains("it waits for the statistics of other, third at step 5");
        assertThat(hearing.receive(statistics("third", 5), 10)).isTrue();
        assertThat(hearing.awaited(10)).contains("it waits for the statistics of other at step 5");
        assertThat(hearing.receive(statistics("other", 5), 10)).isTrue();
        assertThat(hearing.awaited(10)).isEmpty();
        assertThat(hearing.take(10)).containsExactly(statistics("other", 5), statistics("third", 5));
        for (long step = 11; step < 15; step++) {
            assertThat(hearing.awaited(step)).isEmpty();
            assertThat(hearing.take(step)).isEmpty();
        }
        assertThat(hearing.awaited(15)).contains("it waits for the statistics of other, third at step 10");
    }

    @Test
    void statistics_ofBeforeTheFirstPeriod_areNotAwaited() {
        Hearing hearing = hearing(true, "other");

        for (long step = 0; step < 2 * EVERY; step++) {
            assertThat(hearing.awaited(step)).isEmpty();
            assertThat(hearing.take(step)).isEmpty();
        }
    }

    @Test
    void statistics_thatComeEarly_areKeptUntilTheirUpdate() {
        Hearing hearing = hearing(true, "other");
        for (long told : new long[] {15, 5, 10}) {
            assertThat(hearing.receive(statistics("other", told), 3)).isTrue();
        }

        for (long step = 3; step <= 20; step++) {
            assertThat(hearing.awaited(step)).isEmpty();
            List<Told> wanted =
                    step == 10 || step == 15 || step == 20 ? List.of(statistics("other", step - EVERY)) : List.of();
            assertThat(hearing.take(step)).isEqualTo(wanted);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void statistics_noNewerThanThoseHeard_areDropped(boolean repeatable) {
        Hearing hearing = hearing(repeatable, "other");
        hearing.receive(statistics("other", 5), 10);
        assertThat(hearing.take(10)).hasSize(1);

        assertThat(hearing.receive(statistics("other", 5), 10)).isFalse();
        assertThat(hearing.receive(statistics("other", 3), 10)).isFalse();
        assertThat(hearing.take(10)).isEmpty();
        assertThat(hearing.awaited(10)).isEmpty();
        assertThat(hearing.receive(statistics("other", 6), 10)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void statistics_ofAJobThatIsNoPeer_areNotHeard(boolean repeatable) {
        Hearing hearing = hearing(repeatable, "other");

        assertThat(hearing.receive(statistics("stranger", 5), 10)).isFalse();
        assertThat(hearing.receive(statistics("job", 5), 10)).isFalse();
        assertThat(hearing.take(10)).isEmpty();
    }

    @Test
    void jobThatGoesByItsOwn_hearsAndAwaitsNothing() {
        JobConfig own = Jobs.of("self-aligned").adversarial(0.3, Scope.ALL).job();
        Hearing hearing = hearing(own, new Hearing.Plan(config(true), List.of("other"), null));

        assertThat(hearing.receive(statistics("other", 5), 10)).isFalse();
        assertThat(hearing.receive(snapshot(20), 20)).isFalse();
        assertThat(LongStream.range(0, STEPS).mapToObj(hearing::awaited)).allMatch(Optional::isEmpty);
        assertThat(hearing.unheard(STEPS)).isEmpty();
    }

    @Test
    void attribution_isAwaitedTheDelayAfterItsCheckpoint_andHeardThen() {
        Hearing hearing = hearing(true);

        assertThat(hearing.awaited(20)).isEmpty();
        assertThat(hearing.awaited(29)).isEmpty();
        assertThat(hearing.awaited(30)).contains("it waits for what an evaluator finds in its checkpoint of step 20");
        assertThat(hearing.awaitedAttribution(30)).hasValue(20);
        assertThat(hearing.receive(snapshot(20), 30)).isTrue();
        assertThat(hearing.awaited(30)).isEmpty();
        assertThat(hearing.awaitedAttribution(30)).isEmpty();
        assertThat(hearing.take(30)).containsExactly(snapshot(20));
        assertThat(hearing.take(30)).isEmpty();
        assertThat(hearing.receive(snapshot(20), 30)).as("again").isFalse();
        assertThat(hearing.awaited(30)).isEmpty();
    }

    @Test
    void attribution_thatComesEarly_isKeptUntilItsUpdate() {
        Hearing hearing = hearing(true);
        assertThat(hearing.receive(snapshot(20), 20)).isTrue();

        for (long step = 20; step < 30; step++) {
            assertThat(hearing.take(step)).isEmpty();
        }
        assertThat(hearing.awaited(30)).isEmpty();
        assertThat(hearing.take(30)).containsExactly(snapshot(20));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void attribution_thatCannotBeOfThisJob_isNotHeard(boolean repeatable) {
        Hearing hearing = hearing(repeatable);

        assertThat(hearing.receive(snapshot("job", 20, Source.EVALUATOR, FEATURES + 1, 3), 30))
                .as("another width")
                .isFalse();
        assertThat(hearing.receive(snapshot("job", 20, Source.EVALUATOR, FEATURES, FEATURES), 30))
                .as("a latent that is not there")
                .isFalse();
        assertThat(hearing.receive(snapshot("job", 20, Source.EVALUATOR, FEATURES, -1), 30))
                .as("a latent below the first")
                .isFalse();
        assertThat(hearing.receive(snapshot(40), 30)).as("a later step").isFalse();
        assertThat(hearing.receive(snapshot(25), 30)).as("no checkpoint's").isFalse();
        assertThat(hearing.receive(snapshot("other", 20, Source.EVALUATOR, FEATURES, 3), 30))
                .as("another job")
                .isFalse();
        assertThat(hearing.receive(snapshot("job", 20, Source.PROBE, FEATURES, 3), 30))
                .as("a job's own probe")
                .isFalse();
        assertThat(hearing.take(30)).isEmpty();
    }

    @Test
    void unheard_areTheCheckpointsSoFarWithoutAttribution() {
        Hearing hearing = hearing(true);
        assertThat(hearing.unheard(19)).isEmpty();
        assertThat(hearing.unheard(20)).containsExactly(20L);

        hearing.receive(snapshot(20), 20);
        assertThat(hearing.unheard(29)).as("it is there, not heard").containsExactly(20L);
        hearing.take(30);

        assertThat(hearing.unheard(30)).isEmpty();
        assertThat(hearing.unheard(STEPS)).containsExactlyInAnyOrder(40L, 60L);
    }

    @Test
    void reopened_hearsNothingAgainThatTheRecordHas() {
        Hearing hearing = hearing(
                job(),
                new Hearing.Plan(config(true), List.of("other"), null),
                new Heard(30, statistics("other", 25)),
                new Heard(30, snapshot(20)));

        assertThat(hearing.awaited(30)).isEmpty();
        assertThat(hearing.receive(statistics("other", 25), 30)).isFalse();
        assertThat(hearing.receive(snapshot(20), 30)).isFalse();
        assertThat(hearing.take(30)).isEmpty();
        assertThat(hearing.unheard(45)).containsExactly(40L);
        assertThat(hearing.awaited(35)).contains("it waits for the statistics of other at step 30");
    }

    @Test
    void look_findsWhatAPeerToldWhileNobodyListened_whereverItIsTorn() throws IOException {
        Hearing hearing = hearing(true, "other", "third");
        tells("other", "{\"step\":15,\"statis", 5, 10);

        hearing.look(folder, 10);

        assertThat(hearing.awaited(10)).contains("it waits for the statistics of third at step 5");
        tells("third", "", 5);
        hearing.look(folder, 10);
        assertThat(hearing.awaited(10)).isEmpty();
        assertThat(hearing.take(10)).containsExactly(statistics("other", 5), statistics("third", 5));
        assertThat(hearing.awaited(15)).contains("it waits for the statistics of third at step 10");
    }

    @Test
    void look_goesOnWithoutAPeerThatFailed_whenAllThatItToldIsHeard() throws IOException {
        Hearing hearing = hearing(true, "other", "third");
        tells("other", "", 5);
        stands("other", "failed");
        hearing.receive(statistics("third", 5), 10);
        hearing.receive(statistics("third", 10), 10);

        hearing.look(folder, 10);

        assertThat(hearing.take(10)).containsExactly(statistics("other", 5), statistics("third", 5));
        assertThat(hearing.awaited(15)).contains("it waits for the statistics of other at step 10");
        hearing.look(folder, 15);
        assertThat(hearing.awaited(15)).isEmpty();
        assertThat(hearing.take(15)).containsExactly(statistics("third", 10));
        assertThat(hearing.awaited(20)).contains("it waits for the statistics of third at step 15");
    }

    @ParameterizedTest
    @ValueSource(strings = {"waiting", "running", "paused", "restarting", "done", "stopped"})
    void look_waitsForAPeerThatMayYetTell(String state) throws IOException {
        Hearing hearing = hearing(true, "other");
        stands("other", state);

        hearing.look(folder, 10);

        assertThat(hearing.awaited(10)).isPresent();
    }

    @Test
    void notRepeatable_theNewestOfEachIsHeardAtTheNextUpdate_andNothingIsAwaited() {
        Hearing hearing = hearing(false, "other", "third");
        for (long told : new long[] {5, 15, 10}) {
            hearing.receive(statistics("other", told), 41);
        }
        hearing.receive(statistics("third", 35), 41);
        hearing.receive(snapshot(40), 41);
        hearing.receive(snapshot(20), 41);

        assertThat(hearing.take(41)).containsExactly(statistics("other", 15), statistics("third", 35), snapshot(40));

        assertThat(hearing.take(42)).isEmpty();
        assertThat(hearing.receive(snapshot(20), 42)).isFalse();
        assertThat(LongStream.range(0, STEPS).mapToObj(hearing::awaited)).allMatch(Optional::isEmpty);
        assertThat(LongStream.range(0, STEPS).mapToObj(hearing::awaitedAttribution))
                .allMatch(OptionalLong::isEmpty);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void replay_isWhatTheRecordSaysAndNothingElse(boolean repeatable) {
        List<Heard> replay = List.of(
                new Heard(7, statistics("other", 5)),
                new Heard(7, snapshot(20)),
                new Heard(9, statistics("gone", 8)),
                new Heard(9, statistics("other", 5)));
        Hearing hearing = hearing(
                job(), new Hearing.Plan(config(repeatable), List.of("other"), new Hearing.Replay(replay, List.of())));

        assertThat(hearing.receive(statistics("other", 6), 6)).isFalse();
        assertThat(hearing.receive(snapshot(20), 30)).isFalse();
        assertThat(hearing.take(6)).isEmpty();
        assertThat(hearing.take(7)).containsExactly(statistics("other", 5), snapshot(20));
        assertThat(hearing.take(8)).isEmpty();
        assertThat(hearing.take(9)).containsExactly(statistics("gone", 8), statistics("other", 5));
        assertThat(LongStream.range(0, STEPS).mapToObj(hearing::awaited)).allMatch(Optional::isEmpty);
    }
}
