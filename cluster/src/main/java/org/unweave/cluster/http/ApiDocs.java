package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;

/** What all routes take and answer, as OpenAPI 3.1: {@code GET /api/v1/openapi.json}. */
public final class ApiDocs {
    private static final String FILE = "openapi.json";

    private ApiDocs() {}

    public static Route of() {
        byte[] description = description();
        return Directives.path(
                segment("api").slash("v1").slash(FILE),
                () -> Directives.get(() -> Directives.complete(
                        HttpResponse.create().withEntity(ContentTypes.APPLICATION_JSON, description))));
    }

    static byte[] description() {
        try (InputStream file = ApiDocs.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException("the description of the routes is missing");
            }
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
