package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/**
 * What somebody sees and does in the browser, with real runs and real nodes behind it. Where there is no browser nothing of
 * this is tested: apt-get install chromium chromium-driver.
 */
@EnabledIf(
        value = "hasBrowser",
        disabledReason =
                "there is no chromium with its chromedriver on the PATH: apt-get install chromium chromium-driver")
class DashboardTest {
    @TempDir
    Path folder;

    static boolean hasBrowser() {
        return Browser.installed().isPresent();
    }

    @Test
    void dashboard_runInOneProcess_showsItLiveAndCommandsIt() throws Exception {
        int port = Fork.freePorts(1).getFirst();
        SmallInputs inputs = SmallInputs.write(folder.resolve("inputs"));
        try (RunProcess run = RunProcess.start(folder, Map.of(), watched("first", inputs, port));
                Browser browser = Browser.start(folder.resolve("chrome"))) {
            String address = "http://127.0.0.1:" + port + "/";
            run.await(() -> answers(address));
            assertThat(run.alive()).as(run.toString()).isTrue();
            browser.open(address);

            browser.await("rows of all jobs", () -> rows(browser).size() == 3);
            browser.await("a step", () -> step(browser, "topk") > 0);
            long before = step(browser, "topk");
            browser.await("more steps", () -> step(browser, "topk") > before);
            browser.await("plots", () -> browser.all(".plot canvas").size() >= 4);
            assertThat(browser.text("#connection")).isEqualTo("live");

            browser.click(row("topk") + "[data-act=pause]");
            browser.await("its state", () -> state(browser, "topk").equals("paused"));
            long paused = step(browser, "topk");
            long others = step(browser, "standard");
            browser.await("the others go on", () -> step(browser, "standard") > others + 20);
            assertThat(step(browser, "topk")).isBetween(paused, paused + 5);
            browser.click(row("topk") + ".job-name");
            browser.press("p");
            browser.await(
                    "why it is refused",
                    () -> browser.text("#messages [role=alert]").contains("paused"));
            browser.click("#messages [role=alert] button");
            assertThat(state(browser, "topk")).isEqualTo("paused");
            browser.click(row("topk") + "[data-act=resume]");
            browser.await(
                    "it goes on", () -> state(browser, "topk").equals("running") && step(browser, "topk") > paused + 5);

            filterAndSort(browser);
            keys(browser);
            everyView(browser);
            assertThat(browser.errors()).isEmpty();

            browser.click(".stop-run");
            browser.click("dialog .danger");
            browser.await(
                    "the command's answer", () -> browser.text("#messages").contains("first stops"));
            run.end();
            browser.await("the node is gone", () -> browser.text("#connection").equals("reconnecting"));
        }
    }

    @Test
    void dashboard_axe_findsNothingGrave() throws Exception {
        int port = Fork.freePorts(1).getFirst();
        SmallInputs inputs = SmallInputs.write(folder.resolve("inputs"));
        try (RunProcess run = RunProcess.start(folder, Map.of(), watched("second", inputs, port));
                Browser browser = Browser.start(folder.resolve("chrome"))) {
            String address = "http://127.0.0.1:" + port + "/";
            run.await(() -> answers(address));
            assertThat(run.alive()).as(run.toString()).isTrue();
            for (boolean dark : List.of(false, true)) {
                browser.dark(dark);
                for (int width : List.of(1400, 390)) {
                    browser.size(width, 900);
                    browser.open(address);
                    browser.await("plots", () -> browser.all(".plot canvas").size() >= 4);
                    for (String view : List.of("curves", "exchange", "evaluations", "nodes", "log", "config")) {
                        browser.click("#tab-" + view);
                        assertThat(browser.violations())
                                .as("%s, dark %s, %d wide", view, dark, width)
                                .isEmpty();
                    }
                    browser.click(row("topk") + "[data-act=set]");
                    browser.one("dialog select");
                    assertThat(browser.violations())
                            .as("form, dark %s, %d wide", dark, width)
                            .isEmpty();
                    browser.escape();
                    assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                            .isLessThanOrEqualTo(width);
                }
            }
        }
    }

    @Test
    void dashboard_nodeWithToken_wantsIt() throws Exception {
        Path keys = folder.resolve("keys");
        CommandLine.expect(List.of("keys", "--folder", keys.toString(), "--node", "n1", "--host", "127.0.0.1"));
        String token = Files.readString(keys.resolve("n1/token")).strip();
        List<Integer> ports = Fork.freePorts(2);
        String address = "https://127.0.0.1:" + ports.getLast();
        List<String> node = List.of(
                "node",
                "--role",
                "supervisor,trainer,evaluator,web",
                "--bind",
                "127.0.0.1:" + ports.getFirst(),
                "--seed",
                "127.0.0.1:" + ports.getFirst(),
                "--http",
                "127.0.0.1:" + ports.getLast(),
                "--keys",
                keys.resolve("n1").toString(),
                "--runs",
                folder.resolve("runs").toString(),
                "--cache",
                folder.resolve("cache").toString());
        List<String> status = List.of(
                "ctl",
                "status",
                "--node",
                address,
                "--ca",
                keys.resolve("n1/ca.crt").toString(),
                "--token-file",
                keys.resolve("n1/token").toString());
        try (RunProcess process = RunProcess.start(folder, Map.of(), node);
                Browser browser = Browser.start(folder.resolve("chrome"))) {
            process.await(
                    () -> CommandLine.execute(status.toArray(String[]::new)).exitCode() == 0);
            assertThat(process.alive()).as(process.toString()).isTrue();
            browser.open(address);
            browser.write("#token", "wrong");
            browser.click("#login button");
            browser.await("that it is wrong", () -> browser.text("#login").contains("This token is wrong"));
            assertThat(browser.all("#app").getFirst().isDisplayed()).isFalse();
            browser.write("#token", token);
            browser.click("#login button");
            browser.await(
                    "what to do without a run", () -> browser.text("#jobs").contains("There is no run yet."));
            browser.await("it is live", () -> browser.text("#connection").equals("live"));
            browser.reload();
            browser.await("the token is kept", () -> browser.text("#connection").equals("live"));
            browser.run("sessionStorage.setItem('unweave-token', 'old')");
            browser.reload();
            browser.await("it asks anew", () -> browser.text("#login").contains("no longer right"));
        }
    }

    @Test
    void dashboard_nodeDies_showsTheLoss() throws Exception {
        SmallInputs inputs = SmallInputs.write(folder.resolve("inputs"));
        List<TestCluster.Plan> plans = List.of(
                TestCluster.Plan.USUAL, new TestCluster.Plan(List.of("trainer", "evaluator", "web"), List.of()));
        try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"), folder.resolve("cache"), plans);
                Browser browser = Browser.start(folder.resolve("chrome"))) {
            TestCluster.Node stays = cluster.nodes().getFirst();
            TestCluster.Node dies = cluster.nodes().getLast();
            try (RunProcess run = cluster.submit(stays, small(inputs))) {
                browser.open(stays.url() + "/#view=nodes");
                browser.await(
                        "jobs on both nodes",
                        () -> node(browser, "topk").contains(":")
                                && rows(browser).stream()
                                        .anyMatch(row -> row.getText().contains(dies.name())));
                browser.click(row("topk") + "[data-act=stop]");
                browser.click("dialog button:not(.danger)");
                assertThat(state(browser, "topk")).isNotEqualTo("stopped");
                dies.kill();
                browser.await(
                        "the loss",
                        () -> browser.text("[data-node='" + dies.name() + "']").contains("lost"));
                browser.await(
                        "its notice", () -> browser.text("#view-nodes").contains("node " + dies.name() + " is lost"));
                browser.await(
                        "its jobs are with the other",
                        () -> rows(browser).stream()
                                .noneMatch(row -> row.getText().contains(dies.name())));
                assertThat(run.alive()).isTrue();
            }
        }
    }

    private List<String> small(SmallInputs inputs) {
        return inputs.overrides(
                "data.tokens=4000",
                "data.held-out-tokens=512",
                "train.rows=12800000",
                "eval.evaluations=[]",
                "job.features=256");
    }

    private static String node(Browser browser, String job) {
        return browser.text(row(job) + "[data-column=node]");
    }

    private List<String> watched(String name, SmallInputs inputs, int port) {
        List<String> arguments =
                CommandLine.smoke(name, folder.resolve("runs"), folder.resolve("cache"), small(inputs));
        arguments.addAll(List.of("--http", Integer.toString(port)));
        return arguments;
    }

    private static void filterAndSort(Browser browser) {
        browser.write("#job-filter", "margin");
        browser.await("one row", () -> names(browser).equals(List.of("dynamic-margin")));
        browser.escape();
        browser.await("all rows", () -> rows(browser).size() == 3);
        browser.click("th[data-column=name] .sort");
        browser.await("by name", () -> names(browser).equals(List.of("dynamic-margin", "standard", "topk")));
        browser.click("th[data-column=name] .sort");
        browser.await("by name, backwards", () -> names(browser).equals(List.of("topk", "standard", "dynamic-margin")));
        assertThat(browser.one("th[data-column=name]").getAttribute("aria-sort"))
                .isEqualTo("descending");
    }

    private static void keys(Browser browser) {
        browser.click(row("topk") + ".job-name");
        browser.press("j");
        browser.await("the second row", () -> browser.text("tr.chosen").contains("standard"));
        browser.press("?");
        browser.await("help", () -> browser.text("dialog").contains("pause the chosen job"));
        browser.escape();
        browser.await("no dialog", () -> browser.all("dialog").isEmpty());
        browser.press("/");
        browser.press("x");
        browser.await("it filters", () -> browser.text("#jobs").contains("No job fits the filter."));
        browser.press(Keys.ESCAPE);
        browser.await("all rows", () -> rows(browser).size() == 3);
    }

    private static void everyView(Browser browser) {
        browser.press("4");
        browser.await("the node", () -> browser.text("#view-nodes").contains("local"));
        browser.press("5");
        browser.await("lines of the log", () -> browser.text("#view-log").contains("INFO"));
        browser.press("6");
        browser.await("the config", () -> browser.text("#view-config").contains("learning-rate"));
        browser.press("2");
        browser.await("what was told", () -> browser.text("#view-exchange").contains("dynamic-margin"));
        browser.press("1");
    }

    private static List<WebElement> rows(Browser browser) {
        return browser.all("#jobs tbody tr");
    }

    private static List<String> names(Browser browser) {
        return rows(browser).stream()
                .map(row -> String.valueOf(row.getDomAttribute("data-job")))
                .toList();
    }

    private static String row(String job) {
        return "#jobs tr[data-job='" + job + "'] ";
    }

    private static String state(Browser browser, String job) {
        return browser.text(row(job) + "[data-column=state]");
    }

    private static long step(Browser browser, String job) {
        String steps =
                browser.text(row(job) + ".steps").split("/")[0].replace(",", "").strip();
        return steps.matches("\\d+") ? Long.parseLong(steps) : 0;
    }

    private static boolean answers(String address) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
