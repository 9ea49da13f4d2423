package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.unweave.cluster.security.Authority;
import org.unweave.cluster.security.Token;

/** The page and its files: what they are called, that they load nothing from elsewhere, and that they alone want no token. */
class DashboardRoutesTest {
    private static final Pattern REFERRED = Pattern.compile("(?:src|href)=\"(/assets/[^\"]+)\"");
    private static final Pattern IMPORTED = Pattern.compile("(?:from|import) '\\./([^']+)'");

    @TempDir
    private static Path folder;

    private static final TestServer SERVER = new TestServer();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static URI node;

    @BeforeAll
    static void start() throws Exception {
        Token token = Authority.openOrMake(folder)
                .issue("n", List.of("127.0.0.1"))
                .token()
                .orElseThrow();
        node = SERVER.start(null, token, List.of(), DashboardRoutes.of()).address();
    }

    @AfterAll
    static void stop() {
        HTTP.shutdownNow();
        SERVER.close();
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.resolve(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html",
        "/assets/main.js, application/javascript",
        "/assets/base.css, text/css",
        "/assets/icon.svg, image/svg+xml",
        "/assets/lib/uplot.js, application/javascript",
        "/assets/lib/uplot.css, text/css",
    })
    void file_hasItsTypeAndPolicyAndIsAskedForAgain(String path, String type) throws Exception {
        HttpResponse<String> first = get(path);

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(header(first, "Content-Type")).startsWith(type);
        assertThat(header(first, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(first, "Content-Security-Policy")).startsWith("default-src 'self';");
        assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
        HttpResponse<String> again = get(path, "If-None-Match", header(first, "ETag"));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void page_andAllThatItRefersTo_isThere() throws Exception {
        String page = get("/").body();
        assertThat(page).doesNotContain("http://").doesNotContain("https://").doesNotContain(" style=");
        Matcher referred = REFERRED.matcher(page);
        assertThat(referred.results().map(found -> found.group(1)))
                .hasSizeGreaterThan(5)
                .allSatisfy(path -> assertThat(get(path).statusCode()).as(path).isEqualTo(200));
        Matcher imported = IMPORTED.matcher(get("/assets/main.js").body());
        assertThat(imported.results().map(found -> found.group(1)))
                .hasSizeGreaterThan(8)
                .allSatisfy(name ->
                        assertThat(get("/assets/" + name).statusCode()).as(name).isEqualTo(200));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/assets/gone.js",
                "/assets/index.html",
                "/assets/..%2Freference.conf",
                "/assets/lib/uplot.min.js",
                "/assets/lib/..%2F..%2Freference.conf",
                "/assets/",
                "/assets/lib/"
            })
    void otherPath_isNotFound(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void allElse_wantsTheToken() throws Exception {
        assertThat(get("/jobs").statusCode()).isEqualTo(401);
        assertThat(get("/assets").statusCode()).isEqualTo(401);
        HttpRequest command = HttpRequest.newBuilder(node.resolve("/"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(HTTP.send(command, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(401);
    }

    @Test
    void page_calledByAnotherName_isRefused() throws Exception {
        String answer = RawHttp.exchange(node, "GET / HTTP/1.1|Host: evil.example.com");
        assertThat(answer).contains("403").contains("not to be called by the name");
    }
}
