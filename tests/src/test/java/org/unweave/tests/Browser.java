package org.unweave.tests;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A real browser without a screen, which can reach this machine alone. */
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final List<String> CHROMIUMS = List.of("chromium", "chromium-browser", "google-chrome");
    private static final String AXE = axe();

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Where the browser and its driver are; empty where one of the two is missing. */
    static Optional<List<Path>> installed() {
        Optional<Path> chromium =
                CHROMIUMS.stream().flatMap(name -> program(name).stream()).findFirst();
        return chromium.flatMap(path -> program("chromedriver").map(driver -> List.of(path, driver)));
    }

    private static Optional<Path> program(String name) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** @param profile a folder for what it writes */
    static Browser start(Path profile) {
        List<Path> programs = installed().orElseThrow();
        ChromeOptions options = new ChromeOptions();
        options.setBinary(programs.getFirst().toString());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--user-data-dir=" + profile,
                "--window-size=1400,1000",
                // The nodes' keys are of an authority of their own.
                "--ignore-certificate-errors",
                // Whatever is not of this machine is not there.
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1");
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(programs.getLast().toFile())
                .build();
        return new Browser(new ChromeDriver(service, options));
    }

    void open(String url) {
        driver.get(url);
    }

    void reload() {
        driver.navigate().refresh();
    }

    /** Waits until something is there and true. What the page has replaced meanwhile is looked for again. */
    void await(String what, Supplier<Boolean> happened) {
        new WebDriverWait(driver, PATIENCE)
                .ignoring(StaleElementReferenceException.class, IndexOutOfBoundsException.class)
                .withMessage(() -> what + "\n" + text("body") + "\n" + errors())
                .until(ignored -> happened.get());
    }

    List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    /** The first that is seen of what a selector names, once it is there. */
    WebElement one(String selector) {
        List<WebElement> found = new ArrayList<>();
        await(selector, () -> {
            found.clear();
            all(selector).stream().filter(WebElement::isDisplayed).findFirst().ifPresent(found::add);
            return !found.isEmpty();
        });
        return found.getFirst();
    }

    void click(String selector) {
        await("a click on " + selector, () -> {
            try {
                one(selector).click();
                return true;
            } catch (StaleElementReferenceException replaced) {
                return false;
            }
        });
    }

    void write(String selector, String text) {
        WebElement field = one(selector);
        field.clear();
        field.sendKeys(text);
    }

    /** Presses a key wherever the page has its focus. */
    void press(CharSequence key) {
        driver.switchTo().activeElement().sendKeys(key);
    }

    void escape() {
        press(Keys.ESCAPE);
    }

    /** The text of what is seen; empty where it is not there. */
    String text(String selector) {
        return all(selector).stream().findFirst().map(WebElement::getText).orElse("");
    }

    /** What a script returns. */
    Object run(String script) {
        Object answer = driver.executeScript(script);
        return answer == null ? "" : answer;
    }

    void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    }

    void dark(boolean dark) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    /** What axe finds wrong that keeps somebody out, one line each. */
    List<String> violations() {
        driver.executeScript(AXE);
        Object found = driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run(document, { resultTypes: ['violations'] }).then(
                  ({ violations }) => done(violations.filter(one => ['serious', 'critical'].includes(one.impact))
                    .map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => `${node.html} ${node.failureSummary}`)}`)),
                  problem => done([String(problem)]));
                """);
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    private static String axe() {
        try (InputStream file = Browser.class.getResourceAsStream("/axe.min.js")) {
            if (file == null) {
                throw new IllegalStateException("axe is not on the class path");
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the page's console has of errors: what the policy refused too. Requests that were refused are not among them. */
    List<String> errors() {
        try {
            return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                    .map(LogEntry::getMessage)
                    .filter(message -> !message.contains("Failed to load resource"))
                    .toList();
        } catch (WebDriverException gone) {
            return List.of(String.valueOf(gone.getMessage()));
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
