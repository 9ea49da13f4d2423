package org.unweave.cluster.http;

import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/** Answers what is no request at all, as JSON like all else. */
final class MalformedRequests extends ParsingErrorHandler {
    /** Pekko HTTP takes the handler from a field of this name, as of a Scala object. */
    @SuppressWarnings("unused")
    public static final MalformedRequests MODULE$ = new MalformedRequests();

    private MalformedRequests() {}

    @Override
    public HttpResponse handle(StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
        log.debug("malformed request: {}", error.formatPretty());
        return Json.error(status, error.summary());
    }
}
