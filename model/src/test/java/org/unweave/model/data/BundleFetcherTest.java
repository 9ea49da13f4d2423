package org.unweave.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unweave.model.Progress;
import org.unweave.model.file.Sha256;

/**
 * A fetch brings exactly the pinned bytes or fails with what to do by hand, and never leaves half a file. A shell
 * script stands in for pip: it copies files from a folder, or misbehaves as the test says.
 */
class BundleFetcherTest {
    private static final String FIRST = "the first wheel's bytes";
    private static final String SECOND = "the second wheel's bytes, a little longer";
    private static final PinnedFile ONE = pinned("one", FIRST);
    private static final PinnedFile TWO = pinned("two", SECOND);

    @TempDir
    private Path temporary;

    @Test
    void fetch_missingFiles_appearWithTheirBytes() throws IOException {
        fetcher(copyingPip()).fetch(folder(), List.of(ONE, TWO), Progress.NONE);

        assertThat(folder().resolve(ONE.fileName())).hasContent(FIRST);
        assertThat(folder().resolve(TWO.fileName())).hasContent(SECOND);
        assertThat(unfinished()).isEmpty();
        assertThat(calls())
                .filteredOn(call -> call.contains("download"))
                .hasSize(2)
                .allSatisfy(
                        call -> assertThat(call).contains("--no-deps", "--require-hashes", "--ignore-requires-python"));
    }

    @Test
    void fetch_secondTime_startsNoProcess() throws IOException {
        BundleFetcher fetcher = fetcher(copyingPip());
        fetcher.fetch(folder(), List.of(ONE, TWO), Progress.NONE);
        List<String> before = calls();

        fetcher.fetch(folder(), List.of(ONE, TWO), Progress.NONE);

        assertThat(calls()).isEqualTo(before);
    }

    @Test
    void fetch_oneFileThere_fetchesTheOther() throws IOException {
        Files.createDirectories(folder());
        Files.writeString(folder().resolve(ONE.fileName()), FIRST);

        fetcher(copyingPip()).fetch(folder(), List.of(ONE, TWO), Progress.NONE);

        assertThat(calls()).filteredOn(call -> call.contains("download")).hasSize(1);
        assertThat(folder().resolve(TWO.fileName())).hasContent(SECOND);
    }

    @Test
    void fetch_progress_endsAtTheTotal() throws IOException {
        List<Long> done = Collections.synchronizedList(new ArrayList<>());

        fetcher(copyingPip()).fetch(folder(), List.of(ONE, TWO), (what, units, total, unit) -> done.add(units));

        assertThat(done).isSorted().endsWith(ONE.sizeBytes() + TWO.sizeBytes());
    }

    @Test
    void fetch_firstClientMissing_takesTheNext() throws IOException {
        List<List<String>> clients =
                List.of(List.of(temporary.resolve("no-such-python").toString()), copyingPip());

        new BundleFetcher(clients).fetch(folder(), List.of(ONE), Progress.NONE);

        assertThat(folder().resolve(ONE.fileName())).hasContent(FIRST);
    }

    @Test
    void fetch_noPip_namesFilesHashesAndFolder() {
        BundleFetcher fetcher = fetcher(List.of(temporary.resolve("no-such-pip").toString()));

        assertThatThrownBy(() -> fetcher.fetch(folder(), List.of(ONE, TWO), Progress.NONE))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll(
                        "pip was not found",
                        ONE.fileName(),
                        ONE.sha256(),
                        TWO.fileName(),
                        TWO.sha256(),
                        folder().toString(),
                        "by hand");
    }

    @Test
    void fetch_pipFails_repeatsWhatPipSaid() throws IOException {
        List<String> pip = script("echo 'no route to the index' >&2; exit 3");

        assertThatThrownBy(() -> fetcher(pip).fetch(folder(), List.of(ONE), Progress.NONE))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll("exit code 3", "no route to the index", ONE.sha256(), folder().toString());
        assertThat(unfinished()).isEmpty();
    }

    @Test
    void fetch_wrongBytes_areRefusedAndThrownAway() throws IOException {
        List<String> pip = script("printf wrong > \"$destination/one.whl\"");

        assertThatThrownBy(() -> fetcher(pip).fetch(folder(), List.of(ONE), Progress.NONE))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll("wrong checksum", ONE.sha256(), Sha256.of("wrong"), folder().toString());
        assertThat(folder().resolve(ONE.fileName())).doesNotExist();
        assertThat(unfinished()).isEmpty();
    }

    @Test
    void fetch_pipWritesNothing_isAnError() throws IOException {
        List<String> pip = script("exit 0");

        assertThatThrownBy(() -> fetcher(pip).fetch(folder(), List.of(ONE), Progress.NONE))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll("left no one.whl", ONE.sha256());
    }

    @Test
    void fetch_interruptedInTheMiddle_leavesNoHalfFile() throws IOException {
        List<String> pip = script("printf half > \"$destination/one.whl\"; exec sleep 60");
        Progress interrupting = (what, done, total, unit) -> {
            if (done > 0) {
                Thread.currentThread().interrupt();
            }
        };

        assertThatThrownBy(() -> fetcher(pip).fetch(folder(), List.of(ONE), interrupting))
                .isInstanceOf(BundleException.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(folder().resolve(ONE.fileName())).doesNotExist();
        assertThat(unfinished()).isEmpty();
    }

    @Test
    void fetch_afterAKill_removesWhatTheKilledOneLeft() throws IOException {
        Path left = folder().resolve(".fetch/downloads/one.whl");
        Files.createDirectories(left.getParent());
        Files.writeString(left, "half");

        fetcher(copyingPip()).fetch(folder(), List.of(ONE), Progress.NONE);

        assertThat(folder().resolve(ONE.fileName())).hasContent(FIRST);
        assertThat(unfinished()).isEmpty();
    }

    @Test
    void fetch_twoAtOnce_fetchOnce() throws Exception {
        List<String> pip = copyingPip();
        Callable<Void> fetch = () -> {
            fetcher(pip).fetch(folder(), List.of(ONE, TWO), Progress.NONE);
            return null;
        };
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            for (Future<Void> future : executor.invokeAll(List.of(fetch, fetch))) {
                future.get();
            }
        }

        assertThat(calls()).filteredOn(call -> call.contains("download")).hasSize(2);
        assertThat(folder().resolve(TWO.fileName())).hasContent(SECOND);
    }

    @Test
    void fetch_folderCannotBeMade_namesTheFolder() throws IOException {
        Files.writeString(folder(), "a file where the folder should be");

        assertThatThrownBy(() -> fetcher(copyingPip()).fetch(folder(), List.of(ONE), Progress.NONE))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll("cannot be written", folder().toString(), ONE.sha256());
    }

    @Test
    void fetch_noDiskSpace_saysHowMuchIsNeeded() throws IOException {
        PinnedFile huge = new PinnedFile("huge==1", "huge.whl", ONE.sha256(), Long.MAX_VALUE / 4);

        assertThatThrownBy(() -> fetcher(copyingPip()).fetch(folder(), List.of(huge), Progress.NONE))
                .isInstanceOf(BundleException.class)
                .hasMessageContainingAll("no disk space", "huge.whl");
    }

    private static PinnedFile pinned(String name, String content) {
        return new PinnedFile(name + "==1.0", name + ".whl", Sha256.of(content), content.length());
    }

    private Path folder() {
        return temporary.resolve("cache");
    }

    private static BundleFetcher fetcher(List<String> pip) {
        return new BundleFetcher(List.of(pip));
    }

    private List<String> copyingPip() throws IOException {
        Path source = Files.createDirectories(temporary.resolve("index"));
        Files.writeString(source.resolve(ONE.fileName()), FIRST);
        Files.writeString(source.resolve(TWO.fileName()), SECOND);
        return script("name=$(sed 's/==.*//' \"$requirements\"); cp '" + source + "'/\"$name.whl\" \"$destination/\"");
    }

    /** A pip whose {@code download} does this. */
    private List<String> script(String download) throws IOException {
        Path script = temporary.resolve("pip.sh");
        Files.writeString(script, """
                #!/bin/sh
                echo "$@" >> '%s'
                if [ "$1" = --version ]; then exit 0; fi
                while [ $# -gt 0 ]; do
                  case "$1" in
                    -d) destination=$2; shift ;;
                    -r) requirements=$2; shift ;;
                  esac
                  shift
                done
                %s
                """.formatted(callsFile(), download));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return List.of(script.toString());
    }

    private Path callsFile() {
        return temporary.resolve("calls.txt");
    }

    private List<String> calls() throws IOException {
        return Files.readAllLines(callsFile());
    }

    private List<Path> unfinished() throws IOException {
        try (Stream<Path> files = Files.list(folder())) {
            return files.filter(file -> !file.getFileName().toString().equals(".lock"))
                    .filter(file -> !file.getFileName().toString().endsWith(".whl"))
                    .toList();
        }
    }
}
