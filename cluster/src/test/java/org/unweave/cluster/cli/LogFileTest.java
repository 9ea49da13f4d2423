package org.unweave.cluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Pins that a run's log lands beside its results, with the job it is about, and ends with the run. */
class LogFileTest {
    private static final Logger LOG = LoggerFactory.getLogger(LogFileTest.class);

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        LogFile.close();
        MDC.clear();
    }

    @Test
    void lines_afterOpening_areInTheFileWithJobAndTrace() throws IOException {
        LogFile.open(folder.resolve("unweave.log"));
        MDC.put("job", "topk-k64");
        LOG.info("step={}", 7);
        LOG.info("fails", new IllegalStateException("the reason"));
        LogFile.close();
        assertThat(Files.readString(folder.resolve("unweave.log")))
                .contains("INFO  LogFileTest run= job=topk-k64 step=7\n")
                .contains("IllegalStateException: the reason")
                .contains("\tat " + LogFileTest.class.getName());
    }

    @Test
    void lines_afterAnotherIsOpened_areInThatAlone() throws IOException {
        LogFile.open(folder.resolve("first.log"));
        LOG.info("one");
        LogFile.open(folder.resolve("second.log"));
        LOG.info("two");
        LogFile.close();
        LOG.info("three");
        assertThat(Files.readAllLines(folder.resolve("first.log")))
                .singleElement()
                .asString()
                .endsWith("one");
        assertThat(Files.readAllLines(folder.resolve("second.log")))
                .singleElement()
                .asString()
                .endsWith("two");
    }

    @Test
    void open_onALogThatIsThere_goesOnBelow() throws IOException {
        Path file = folder.resolve("unweave.log");
        Files.writeString(file, "of the first attempt\n");
        LogFile.open(file);
        LOG.info("of the second");
        LogFile.close();
        assertThat(Files.readString(file)).startsWith("of the first attempt\n").endsWith("of the second\n");
    }
}
