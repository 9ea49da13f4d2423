package org.unweave.cluster.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.HttpChallenge;
import org.apache.pekko.http.javadsl.model.headers.WWWAuthenticate;
import org.jspecify.annotations.Nullable;
import org.unweave.cluster.security.Token;

/** What is asked of a request before anyone looks at what it wants: the right host, no other page, the token, a bounded body. */
final class Guard {
    private static final Pattern ORIGIN = Pattern.compile("https?://(.+)");

    private final HostNames names;
    private final @Nullable Token token;
    private final long mostBodyBytes;

    Guard(HostNames names, @Nullable Token token, long mostBodyBytes) {
        this.names = names;
        this.token = token;
        this.mostBodyBytes = mostBodyBytes;
    }

    /** Why a request goes no further. */
    Optional<HttpResponse> refusal(HttpRequest request) {
        String host = header(request, "host");
        if (!names.allow(host)) {
            return Optional.of(Json.error(
                    StatusCodes.FORBIDDEN,
                    "this node is not to be called by the name " + host
                            + "; the names that it takes are those of its config"));
        }
        String origin = header(request, "origin");
        if (!origin.isEmpty() && !sameOrigin(origin, host)) {
            return Optional.of(Json.error(StatusCodes.FORBIDDEN, "a page of another origin may not command this node"));
        }
        if (token != null && !DashboardRoutes.isOpen(request) && !token.isIn(header(request, "authorization"))) {
            return Optional.of(
                    Json.error(StatusCodes.UNAUTHORIZED, "a bearer token is wanted, and this one's is missing or wrong")
                            .addHeader(WWWAuthenticate.create(HttpChallenge.create("Bearer", "unweave"))));
        }
        if (request.entity().getContentLengthOption().orElse(0) > mostBodyBytes) {
            return Optional.of(tooLarge(mostBodyBytes));
        }
        return Optional.empty();
    }

    static HttpResponse tooLarge(long mostBodyBytes) {
        return Json.error(
                StatusCodes.CONTENT_TOO_LARGE, "a request's body may have " + mostBodyBytes + " bytes at most");
    }

    // By host and port alone: before a proxy that ends TLS, the page's scheme is another than this server's.
    private static boolean sameOrigin(String origin, String host) {
        Matcher matcher = ORIGIN.matcher(origin);
        return matcher.matches() && matcher.group(1).equalsIgnoreCase(host);
    }

    private static String header(HttpRequest request, String name) {
        return request.getHeader(name).map(HttpHeader::value).orElse("");
    }
}
