package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.math.Device;

/** A checkpoint gets the evaluations that its judgement is of, and the attribution is none of the scheduled ones. */
class JudgeTest {
    @TempDir
    Path folder;

    private Judge judge(EvalSession session, boolean attribution) {
        Device device = Device.cpu(1);
        List<Evaluation> evaluations = new ArrayList<>(session.evaluations(device));
        if (attribution) {
            evaluations.add(session.attribution(device));
        }
        return new Judge(folder, device, evaluations, "", control -> TestRuns.random(3));
    }

    private EvalSession session() {
        return TestRuns.session(folder.resolve("cache"), new FakeModel(0));
    }

    @Test
    void evaluations_ofEachJudgement_areTheAttributionOrTheOthers() {
        try (EvalSession session = session();
                Judge judge = judge(session, true)) {
            assertThat(judge.evaluations()).isEqualTo(Evaluations.names());
            assertThat(judge.evaluations(Judgement.SCHEDULED)).isEqualTo(Evaluations.names());
            assertThat(judge.evaluations(Judgement.ATTRIBUTION)).containsExactly("attribution");
        }
    }

    @Test
    void evaluations_ofAJudgeWithoutTheAttribution_areTheScheduledOnesOnly() {
        try (EvalSession session = session();
                Judge judge = judge(session, false)) {
            assertThat(judge.evaluations(Judgement.SCHEDULED)).isEqualTo(Evaluations.names());
            assertThatThrownBy(() -> judge.evaluations(Judgement.ATTRIBUTION)).hasMessageContaining("attribution");
        }
    }

    @Test
    void evaluate_attributionTwice_leavesTheFileAndGivesTheSnapshotEachTime() throws IOException {
        AttributionSnapshot first;
        Path file = EvalReport.file(folder, "attribution", "test_random-control_0");
        try (EvalSession session = session();
                Judge judge = judge(session, true)) {
            assertThatThrownBy(judge::snapshot).isInstanceOf(IllegalStateException.class);
            judge.take("test", "random-control", 0, null);
            assertThat(judge.evaluate("attribution")).containsKeys("probe_accuracy", "percentile_85");
            first = judge.snapshot();
        }
        byte[] written = Files.readAllBytes(file);
        try (EvalSession session = session();
                Judge judge = judge(session, true)) {
            judge.take("test", "random-control", 0, null);
            assertThat(judge.evaluate("attribution")).isEmpty();

            assertThat(judge.snapshot()).isEqualTo(first);
        }
        assertThat(first.job()).isEqualTo("random-control");
        assertThat(first.top()).isNotEmpty();
        assertThat(Files.readAllBytes(file)).isEqualTo(written);
    }

    @Test
    void lines_loggedWhileAJobIsJudged_areOfTheJob() throws IOException {
        Path file = EvalReport.file(folder, "core", "test_random-control_0");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{}");
        Logger logger = (Logger) LoggerFactory.getLogger(Judge.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);
        try (EvalSession session = session();
                Judge judge = judge(session, false)) {
            judge.take("test", "random-control", 0, null);
            judge.evaluate("core");
        } finally {
            logger.detachAppender(lines);
            logger.setLevel(null);
        }

        ILoggingEvent anew = lines.list.stream()
                .filter(line -> line.getFormattedMessage().contains(file + " was made of another SAE"))
                .findFirst()
                .orElseThrow();
        assertThat(anew.getMDCPropertyMap()).containsEntry("run", "test").containsEntry("job", "random-control");
        assertThat(MDC.get("job")).isNull();
    }
}
