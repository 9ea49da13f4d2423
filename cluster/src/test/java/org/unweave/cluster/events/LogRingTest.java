package org.unweave.cluster.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** The last lines of the log are kept, shortened and counted, with the run and job that they are about. */
class LogRingTest {
    private static final Logger LOG = LoggerFactory.getLogger(LogRingTest.class);

    private final ConcurrentLinkedQueue<LogRing.Line> heard = new ConcurrentLinkedQueue<>();

    private List<String> own(LogRing ring, int most, String level) {
        return ring.last(most, LogRing.severity(level)).stream()
                .filter(line -> line.logger().equals("LogRingTest"))
                .map(LogRing.Line::message)
                .toList();
    }

    @Test
    void lines_areKeptByLevel_andToldAtOnce() {
        try (LogRing ring = LogRing.begin(heard::add)) {
            try (MDC.MDCCloseable run = MDC.putCloseable("run", "r");
                    MDC.MDCCloseable job = MDC.putCloseable("job", "j")) {
                LOG.info("step {}", 3);
            }
            LOG.warn("the disk is full", new IllegalStateException("no room"));
            assertThat(own(ring, 10, "INFO"))
                    .containsExactly("step 3", "the disk is full: java.lang.IllegalStateException: no room");
            assertThat(own(ring, 10, "WARN")).hasSize(1);
            assertThat(own(ring, 1, "INFO")).hasSize(1).allMatch(text -> text.startsWith("the disk"));
            assertThat(heard).anySatisfy(line -> {
                assertThat(line.message()).isEqualTo("step 3");
                assertThat(line.run()).isEqualTo("r");
                assertThat(line.job()).isEqualTo("j");
                assertThat(line.level()).isEqualTo("INFO");
            });
        }
        int before = heard.size();
        LOG.info("heard by nobody");
        assertThat(heard).hasSize(before);
    }

    @Test
    void lines_areBounded() {
        try (LogRing ring = LogRing.begin(line -> {})) {
            LOG.info("x".repeat(100_000));
            assertThat(own(ring, 1, "INFO").getFirst()).hasSizeLessThan(2100).endsWith(" ...");
            IntStream.range(0, 2 * LogRing.MOST_LINES).forEach(i -> LOG.info("line {}", i));
            assertThat(ring.last(Integer.MAX_VALUE, 0)).hasSize(LogRing.MOST_LINES);
        }
    }

    @Test
    void levels_areKnownByName() {
        assertThat(LogRing.severity("warn")).isEqualTo(LogRing.severity("WARN")).isPositive();
        assertThat(LogRing.severity("loud")).isEqualTo(-1);
    }
}
