package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.EntityTag;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.jspecify.annotations.Nullable;
import org.webjars.WebJarVersionLocator;

/**
 * The dashboard: {@code GET /}, and its files under {@code /assets}. They hold no data of a run, so they are given without
 * a token; what the page then asks for wants it. All of it comes from the class path and may load nothing from elsewhere.
 * A browser keeps the files and asks each time whether they are still the same.
 */
public final class DashboardRoutes {
    private static final String ASSETS = "assets";
    private static final String LIBRARIES = "lib";
    private static final String PAGE = "index.html";
    private static final String FOLDER = "/dashboard/";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*\\.(?:js|css|svg)");

    /** Files of WebJars, by the names that the page has for them: the WebJar, and the file in it. */
    private static final Map<String, List<String>> LIBRARY_FILES = Map.of(
            "uplot.js", List.of("uplot", "dist/uPlot.esm.js"),
            "uplot.css", List.of("uplot", "dist/uPlot.min.css"));

    private static final Map<String, ContentType> TYPES = Map.of(
            "html", ContentTypes.TEXT_HTML_UTF8,
            "js", MediaTypes.APPLICATION_JAVASCRIPT.toContentType(HttpCharsets.UTF_8),
            "css", MediaTypes.TEXT_CSS.toContentType(HttpCharsets.UTF_8),
            "svg", MediaTypes.IMAGE_SVG_XML.toContentType());

    private static final List<HttpHeader> HEADERS = List.of(
            RawHeader.create(
                    "Content-Security-Policy",
                    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
            RawHeader.create("X-Content-Type-Options", "nosniff"),
            RawHeader.create("Referrer-Policy", "no-referrer"),
            RawHeader.create("Cross-Origin-Opener-Policy", "same-origin"),
            RawHeader.create("Cache-Control", "no-cache"));

    private final WebJarVersionLocator webJars = new WebJarVersionLocator();
    /** What was read; names that are none are not kept, since anybody may ask for any. */
    private final Map<String, Asset> read = new ConcurrentHashMap<>();

    private DashboardRoutes() {}

    private record Asset(HttpResponse response, EntityTag tag) {}

    public static Route of() {
        return new DashboardRoutes().routes();
    }

    /** Whether a request is for the page or its files alone. */
    static boolean isOpen(HttpRequest request) {
        String path = request.getUri().path();
        return request.method().equals(HttpMethods.GET) && (path.equals("/") || path.startsWith("/" + ASSETS + "/"));
    }

    // The method is asked for last: where it is right, other routes' refusals of it count no more.
    private Route routes() {
        return Directives.concat(
                Directives.pathSingleSlash(() -> Directives.get(() -> file(FOLDER + PAGE))),
                Directives.path(
                        segment(ASSETS).slash(LIBRARIES).slash(segment()), name -> Directives.get(() -> library(name))),
                Directives.path(
                        segment(ASSETS).slash(segment()),
                        name -> Directives.get(
                                () -> NAME.matcher(name).matches() ? file(FOLDER + name) : Directives.reject())));
    }

    private Route library(String name) {
        List<String> place = LIBRARY_FILES.get(name);
        String path = place == null ? null : webJars.fullPath(place.getFirst(), place.getLast());
        return path == null ? Directives.reject() : file("/" + path);
    }

    private Route file(String path) {
        return Optional.ofNullable(read.computeIfAbsent(path, DashboardRoutes::read))
                .map(asset -> Directives.respondWithHeaders(
                        HEADERS, () -> Directives.conditional(asset.tag, () -> Directives.complete(asset.response))))
                .orElseGet(Directives::reject);
    }

    private static @Nullable Asset read(String path) {
        try (InputStream file = DashboardRoutes.class.getResourceAsStream(path)) {
            if (file == null) {
                return null;
            }
            byte[] bytes = file.readAllBytes();
            ContentType type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
            if (type == null) {
                return null;
            }
            return new Asset(
                    HttpResponse.create().withStatus(StatusCodes.OK).withEntity(HttpEntities.create(type, bytes)),
                    EntityTag.create(checksum(bytes), false));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String checksum(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .substring(0, 32);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
