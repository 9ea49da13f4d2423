package org.unweave.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.unweave.cluster.Main;
import org.unweave.cluster.cli.Unweave;
import org.unweave.cluster.security.Token;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.variant.Variants;

/** Pins which package may see which other, and which library is seen where: the arrows that Maven cannot hold. */
class ArchitectureTest {
    private static final String ROOT = "org.unweave.";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.unweave");

    private static final Set<String> PROTOCOLS = Set.of("Command", "Event");

    /** What each package may see of the project. A package that is not here has yet to be given its arrows. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("config", Set.of()),
            Map.entry("model", Set.of()),
            Map.entry("model.file", Set.of()),
            Map.entry("model.math", Set.of("model.file")),
            Map.entry("model.exchange", Set.of("model.math")),
            Map.entry("model.nn", Set.of("model.math")),
            Map.entry("model.lm", Set.of("model.file", "model.math")),
            // The harvest runs the model, whose interface and tokenizer are in lm.
            Map.entry("model.data", Set.of("config", "model", "model.file", "model.lm", "model.math")),
            // A manifest holds its job's config.
            Map.entry("model.checkpoint", Set.of("config", "model.file", "model.math")),
            // Which rows of a batch are of labelled texts is said in model, for data and SAEs alike.
            Map.entry("model.sae.part", Set.of("config", "model", "model.exchange", "model.math", "model.nn")),
            Map.entry("model.sae", Set.of("config", "model", "model.exchange", "model.math", "model.sae.part")),
            Map.entry("model.sae.variant", Set.of("config", "model.math", "model.sae", "model.sae.part")),
            // What other programs read is made of the forms that SAEs are frozen to.
            Map.entry("model.format", Set.of("model.checkpoint", "model.file", "model.math", "model.sae")),
            Map.entry(
                    "model.train",
                    Set.of(
                            "config",
                            "model",
                            "model.checkpoint",
                            "model.exchange",
                            "model.file",
                            "model.math",
                            "model.sae",
                            "model.sae.part",
                            "model.sae.variant")),
            Map.entry(
                    "eval",
                    Set.of(
                            "config",
                            "model",
                            "model.checkpoint",
                            "model.data",
                            "model.exchange",
                            "model.file",
                            "model.lm",
                            "model.math",
                            "model.sae",
                            "model.train")),
            Map.entry("eval.random", Set.of()),
            // SAEBench's corpora are cut into blocks of tokens, whose interface is in lm.
            Map.entry("eval.saebench", Set.of("eval", "eval.random", "model.data", "model.lm")),
            // Reads a run's files and nothing else, so a report can be made of any run folder; of config it knows which
            // numbers of latents the protocols have.
            Map.entry("eval.report", Set.of("config")),
            Map.entry(
                    "actors",
                    Set.of(
                            "config",
                            "eval",
                            "model.checkpoint",
                            "model.exchange",
                            "model.file",
                            "model.math",
                            "model.sae",
                            "model.train")),
            Map.entry(
                    "cluster",
                    Set.of(
                            "actors",
                            "cluster.cli",
                            "cluster.events",
                            "cluster.http",
                            "cluster.metrics",
                            "cluster.security",
                            "config",
                            "eval",
                            "eval.saebench",
                            "model",
                            "model.checkpoint",
                            "model.data",
                            "model.exchange",
                            "model.file",
                            "model.format",
                            "model.lm",
                            "model.math",
                            "model.sae",
                            "model.train")),
            Map.entry("cluster.wire", Set.of("actors", "model.checkpoint", "model.exchange", "model.train")),
            Map.entry("cluster.security", Set.of("model.file")),
            // What is told of jobs holds how they stand, and what they were judged for.
            Map.entry("cluster.events", Set.of("actors", "eval", "model.train")),
            Map.entry("cluster.metrics", Set.of("actors", "cluster.events", "model.train")),
            // Commands over HTTP are the supervisor's messages; a run's evaluations are read as for its report.
            Map.entry(
                    "cluster.http",
                    Set.of(
                            "actors",
                            "cluster.events",
                            "cluster.metrics",
                            "cluster.security",
                            "eval.report",
                            "model.file")),
            // It sees a run as everybody else does, over HTTP.
            Map.entry("cluster.watch", Set.of("cluster.http", "cluster.security")),
            Map.entry(
                    "cluster.cli",
                    Set.of(
                            "actors",
                            "cluster",
                            "cluster.http",
                            "cluster.security",
                            "cluster.watch",
                            "config",
                            "eval",
                            "eval.report",
                            "model",
                            "model.checkpoint",
                            "model.data",
                            "model.format",
                            "model.lm",
                            "model.sae.variant",
                            "model.train")));

    @Test
    void classes_ofEveryModule_areLookedAt() {
        assertThat(CLASSES.size()).isGreaterThan(250);
        assertThat(packages().stream().map(ArchitectureTest::module).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder("config", "model", "eval", "actors", "cluster");
        assertThat(CLASSES.get(Sae.class).getMethods()).isNotEmpty();
    }

    @Test
    void packages_seeOnlyThoseThatTheyMay() {
        Map<String, Set<String>> broken = new TreeMap<>();
        for (JavaClass one : CLASSES) {
            String from = name(one);
            assertThat(ARROWS).as("arrows of package " + from).containsKey(from);
            for (Dependency dependency : one.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!target.getPackageName().startsWith("org.unweave")) {
                    continue;
                }
                String to = name(target);
                if (!to.equals(from) && !ARROWS.getOrDefault(from, Set.of()).contains(to)) {
                    broken.computeIfAbsent(from + " -> " + to, key -> new TreeSet<>())
                            .add(dependency.getDescription());
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void packages_formNoCycle() {
        slices().matching("org.unweave.(**)")
                .should()
                .beFreeOfCycles()
                // The entry point: nothing sees it, it sees nothing else.
                .ignoreDependency(Main.class, Unweave.class)
                .check(CLASSES);
    }

    @Test
    void arrays_ofNd4jAndJavaCpp_areSeenInMathOnly() {
        onlyIn(
                List.of("org.unweave.model.math..", "org.unweave.model.nn.."),
                "org.nd4j.autodiff..",
                "org.deeplearning4j..");
        noClasses()
                .that()
                .resideOutsideOfPackage("org.unweave.model.math..")
                .should()
                .dependOnClassesThat(inAnyPackage("org.nd4j..", "org.bytedeco..")
                        .and(DescribedPredicate.not(inAnyPackage("org.nd4j.autodiff.."))))
                .check(CLASSES);
    }

    @Test
    void pekko_isSeenInActorsAndClusterOnly() {
        onlyIn(List.of("org.unweave.actors..", "org.unweave.cluster.."), "org.apache.pekko..");
    }

    @Test
    void clusterHttpCommandLineAndKryo_areSeenInClusterOnly() {
        onlyIn(
                List.of("org.unweave.cluster.."),
                "org.apache.pekko.cluster..",
                "org.apache.pekko.http..",
                "org.apache.pekko.management..",
                "picocli..",
                "com.esotericsoftware..",
                "ch.qos.logback..");
    }

    @Test
    void meterLibrary_isSeenInMetricsOnly() {
        onlyIn(List.of("org.unweave.cluster.metrics.."), "io.micrometer..", "io.prometheus..");
    }

    @Test
    void terminalLibrary_isSeenInWatchOnly() {
        onlyIn(List.of("org.unweave.cluster.watch.."), "org.jline..");
    }

    @Test
    void certificateLibrary_isSeenInSecurityOnly() {
        onlyIn(List.of("org.unweave.cluster.security.."), "org.bouncycastle..");
    }

    @Test
    void configLibrary_isSeenInConfigAndClusterOnly() {
        onlyIn(List.of("org.unweave.config..", "org.unweave.cluster.."), "com.typesafe.config..");
    }

    @Test
    void variants_dependOnNoOtherVariant() {
        for (JavaClass one : CLASSES) {
            if (!name(one).equals("model.sae.variant") || top(one).equals(top(CLASSES.get(Variants.class)))) {
                continue;
            }
            assertThat(one.getDirectDependenciesFromSelf())
                    .filteredOn(dependency -> name(dependency.getTargetClass()).equals("model.sae.variant"))
                    .filteredOn(dependency -> !top(dependency.getTargetClass()).equals(top(one)))
                    .as(one.getName())
                    .isEmpty();
        }
    }

    @Test
    void messages_ofEveryProtocol_areRecordsOrEnums() {
        List<Class<?>> protocols = CLASSES.stream()
                .filter(one -> one.isInterface() && PROTOCOLS.contains(one.getSimpleName()))
                .<Class<?>>map(JavaClass::reflect)
                .toList();
        assertThat(protocols).hasSizeGreaterThan(8);
        for (Class<?> protocol : protocols) {
            assertThat(protocol.isSealed()).as(protocol.getName()).isTrue();
            assertThat(protocol.getPermittedSubclasses())
                    .as(protocol.getName())
                    .isNotEmpty()
                    .allMatch(type -> type.isRecord() || type.isEnum() || type.isSealed());
        }
    }

    @Test
    void streams_ofTheProcess_areTouchedByMainOnly() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(Main.class)
                .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS)
                .check(CLASSES);
    }

    @Test
    void tokens_areComparedInConstantTime() {
        assertThat(CLASSES.get(Token.class).getMethod("isIn", String.class).getMethodCallsFromSelf())
                .extracting(call -> call.getTargetOwner().getName() + "." + call.getName())
                .contains("java.security.MessageDigest.isEqual")
                .doesNotContain("java.lang.String.equals", "java.util.Arrays.equals");
    }

    @Test
    void packages_areAllNullMarked() throws ClassNotFoundException {
        for (String one : packages()) {
            Class<?> info = Class.forName(ROOT + one + ".package-info");
            assertThat(info.isAnnotationPresent(NullMarked.class)).as(one).isTrue();
        }
    }

    private static void onlyIn(List<String> rooms, String... libraries) {
        noClasses()
                .that()
                .resideOutsideOfPackages(rooms.toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries)
                .check(CLASSES);
    }

    private static DescribedPredicate<JavaClass> inAnyPackage(String... packages) {
        return JavaClass.Predicates.resideInAnyPackage(packages);
    }

    private static Set<String> packages() {
        return CLASSES.stream().map(ArchitectureTest::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static String module(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static String name(JavaClass one) {
        String name = one.getPackageName();
        return name.startsWith(ROOT) ? name.substring(ROOT.length()) : name;
    }

    private static String top(JavaClass one) {
        JavaClass top = one;
        while (top.getEnclosingClass().isPresent()) {
            top = top.getEnclosingClass().get();
        }
        return top.getName();
    }
}
