package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pins what {@code bin/unweave} does before Java starts: finds a JDK that is new enough, builds what is not built, and says
 * in one line what is missing. It runs in a copy of the project's folders, with JDKs and a Maven that only say that they
 * were called.
 */
class LauncherTest {
    private static final List<String> MODULES = List.of("config", "model", "eval", "actors", "cluster");

    @TempDir
    private Path folder;

    private Path root;
    private Path jdks;
    private final Map<String, String> environment = new TreeMap<>();

    private record Ended(int exitCode, String out, String err) {}

    @BeforeEach
    void copy() throws IOException {
        root = folder.resolve("project");
        jdks = Files.createDirectories(folder.resolve("jdks"));
        Path bin = Files.createDirectories(root.resolve("bin"));
        for (String script : List.of("unweave", "find-jdk")) {
            Files.copy(project().resolve("bin").resolve(script), bin.resolve(script));
        }
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        for (String module : MODULES) {
            Files.createDirectories(root.resolve(module).resolve("src/main"));
            Files.writeString(root.resolve(module).resolve("pom.xml"), "<project/>");
        }
        Path path = Files.createDirectories(folder.resolve("path"));
        for (String tool : List.of(
                "bash",
                "dirname",
                "readlink",
                "sed",
                "find",
                "mkdir",
                "rm",
                "touch",
                "git",
                "grep",
                "head",
                "env",
                "flock",
                "sleep")) {
            Path found = find(tool);
            if (found != null) {
                Files.createSymbolicLink(path.resolve(tool), found);
            }
        }
        environment.put("PATH", path.toString());
        environment.put("UNWEAVE_JDKS", jdks.toString());
        environment.put("HOME", folder.toString());
    }

    /** The folder of the project, from wherever in it the tests run. */
    private static Path project() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("bin/unweave"))) {
            here = here.getParent();
        }
        return here;
    }

    private static @Nullable Path find(String tool) {
        for (String folder : System.getenv("PATH").split(":")) {
            Path file = Path.of(folder, tool);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return null;
    }

    private Path jdk(String name, String version) throws IOException {
        Path home = jdks.resolve(name);
        script(home.resolve("bin/java"), "echo java of " + name + ": \"$@\"");
        script(home.resolve("bin/javac"), "");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Someone\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private void maven(String body) throws IOException {
        script(folder.resolve("path/mvn"), body);
    }

    private static void script(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/usr/bin/env bash\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private Process start(Path err, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("bash", root.resolve("bin/unweave").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    private Ended launch(String... arguments) throws IOException, InterruptedException {
        Path err = folder.resolve("err.txt");
        Process process = start(err, arguments);
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), out, Files.readString(err));
    }

    @Test
    void jdk_noneThatIsNewEnough_isSaidInOneLine() throws IOException, InterruptedException {
        jdk("jdk-17", "17.0.12");
        jdk("jdk-8", "1.8.0_402");
        Ended ended = launch("run");
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err().lines())
                .containsExactly("unweave: no JDK 25 or newer was found; install one, or set JAVA_HOME to its folder");
    }

    @Test
    void javaHome_tooOldOrNoJdk_isPassedOver() throws IOException, InterruptedException {
        maven("exit 0");
        jdk("jdk-25", "25.0.3");
        for (String home : List.of(
                jdk("jdk-17", "17.0.12").toString(), folder.resolve("absent").toString(), "")) {
            environment.put("JAVA_HOME", home);
            assertThat(launch("variants").out()).startsWith("java of jdk-25: ");
        }
    }

    @Test
    void javaHome_newEnough_goesFirst() throws IOException, InterruptedException {
        maven("exit 0");
        jdk("a-jdk-25", "25.0.3");
        environment.put("JAVA_HOME", jdk("jdk-26", "26").toString());
        assertThat(launch("variants").out()).startsWith("java of jdk-26: ");
    }

    @Test
    void arguments_arePassedOnAsTheyAre() throws IOException, InterruptedException {
        maven("exit 0");
        jdk("jdk-25", "25.0.3");
        assertThat(launch("run", "a file.conf", "--set", "name=one").out())
                .contains("--add-modules=jdk.incubator.vector")
                .endsWith("org.unweave.cluster.Main run a file.conf --set name=one\n");
    }

    @Test
    void build_isMadeOnceAndAgainWhenASourceIsNewer() throws IOException, InterruptedException {
        maven("echo built with $JAVA_HOME >> " + folder.resolve("builds.txt"));
        Path jdk = jdk("jdk-25", "25.0.3");
        assertThat(launch("variants").err()).contains("unweave: building").contains("build.log");
        assertThat(launch("variants").err()).isEmpty();
        assertThat(Files.readAllLines(folder.resolve("builds.txt"))).containsExactly("built with " + jdk);
        Path source = Files.writeString(root.resolve("model/src/main/New.java"), "class New {}");
        assertThat(source.toFile().setLastModified(System.currentTimeMillis() + 10_000))
                .isTrue();
        assertThat(launch("variants").exitCode()).isZero();
        assertThat(folder.resolve("builds.txt")).content().hasLineCount(2);
    }

    @Test
    void build_ofSeveralThatAreStartedAtOnce_isMadeOnce() throws IOException, InterruptedException {
        assumeTrue(find("flock") != null, "flock is not installed");
        // A build takes a while.
        maven("echo built >> " + folder.resolve("builds.txt") + "; sleep 1");
        jdk("jdk-25", "25.0.3");
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(start(folder.resolve("err" + i + ".txt"), "node"));
        }
        for (Process one : all) {
            assertThat(one.inputReader().readLine()).startsWith("java of jdk-25: ");
            assertThat(one.waitFor()).isZero();
        }
        assertThat(folder.resolve("builds.txt")).content().hasLineCount(1);
    }

    @Test
    void build_isForTheBackendThatIsNamed_andStaysSo() throws IOException, InterruptedException {
        maven("echo \"$@\" >> " + folder.resolve("builds.txt"));
        jdk("jdk-25", "25.0.3");
        launch("variants");
        environment.put("UNWEAVE_BACKEND", "cuda");
        assertThat(launch("variants").err()).contains("unweave: building");
        environment.remove("UNWEAVE_BACKEND");
        assertThat(launch("variants").err()).isEmpty();
        environment.put("UNWEAVE_BACKEND", "cuda-redist");
        launch("variants");
        environment.put("UNWEAVE_BACKEND", "cpu");
        launch("variants");
        assertThat(Files.readAllLines(folder.resolve("builds.txt")))
                .satisfiesExactly(
                        cpu -> assertThat(cpu).doesNotContain("-P"),
                        cuda -> assertThat(cuda).contains(" -Pcuda -pl"),
                        redist -> assertThat(redist).contains(" -Pcuda,cuda-redist -pl"),
                        again -> assertThat(again).doesNotContain("-P"));
        environment.put("UNWEAVE_BACKEND", "rocm");
        assertThat(launch("variants").err())
                .isEqualTo("unweave: UNWEAVE_BACKEND is \"rocm\"; there are cpu, cuda and cuda-redist (see"
                        + " docs/deploy.md)\n");
    }

    @Test
    void build_withoutMaven_isSaidInOneLine() throws IOException, InterruptedException {
        jdk("jdk-25", "25.0.3");
        Ended ended = launch("run");
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err().lines())
                .containsExactly("unweave: Maven (mvn) is not installed, and Unweave is not built yet");
        assertThat(ended.out()).isEmpty();
    }

    @Test
    void build_thatFails_showsTheErrorsAndNamesTheLog() throws IOException, InterruptedException {
        maven("echo [INFO] fine; echo [ERROR] no such symbol; exit 1");
        jdk("jdk-25", "25.0.3");
        Ended ended = launch("run");
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err())
                .contains("[ERROR] no such symbol")
                .contains("unweave: the build failed; see " + root.resolve("cluster/target/build.log"))
                .doesNotContain("fine");
        // It is not taken for built.
        assertThat(launch("run").exitCode()).isEqualTo(1);
    }
}
