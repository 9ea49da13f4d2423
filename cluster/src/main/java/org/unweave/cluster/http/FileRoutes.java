package org.unweave.cluster.http;

import static org.apache.pekko.http.javadsl.server.PathMatchers.segment;
import static org.apache.pekko.http.javadsl.server.PathMatchers.segments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.AcceptRanges;
import org.apache.pekko.http.javadsl.model.headers.ByteRange;
import org.apache.pekko.http.javadsl.model.headers.ContentRange;
import org.apache.pekko.http.javadsl.model.headers.Range;
import org.apache.pekko.http.javadsl.model.headers.RangeUnits;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.unweave.model.file.Sha256;

/**
 * Files of this node for the others: {@code GET /files/ROOT/NAME/...}, whole or one range of bytes (RFC 9110, section
 * 14), which is how {@link FilePull} goes on where it was cut off; with {@code ?sha256}, size and checksum in its place.
 */
public final class FileRoutes {
    static final String SIZE = "size";
    static final String CHECKSUM = "sha256";

    private static final String PREFIX = "files";
    private static final String BLOCKING = "pekko.actor.default-blocking-io-dispatcher";

    private FileRoutes() {}

    /**
     * The route.
     *
     * @param roots the folders that are served, by the name under which they are
     */
    public static Route of(Map<String, Path> roots) {
        Map<String, Path> served = Map.copyOf(roots);
        return Directives.path(
                segment(PREFIX).slash(segment()).slash(segments()),
                (root, names) -> Directives.get(() -> Optional.ofNullable(served.get(root))
                        .flatMap(folder -> new ServedFolder(folder).file(names))
                        .map(FileRoutes::serve)
                        .orElseGet(() ->
                                Directives.complete(Json.error(StatusCodes.NOT_FOUND, "there is no such file")))));
    }

    private static Route serve(Path file) {
        return Directives.parameterOptional(
                CHECKSUM,
                asked -> asked.isPresent()
                        ? Directives.extractActorSystem(
                                system -> Directives.completeWithFuture(CompletableFuture.supplyAsync(
                                        () -> describe(file),
                                        system.dispatchers().lookup(BLOCKING))))
                        : Directives.extractRequest(request -> Directives.complete(answer(file, request))));
    }

    private static HttpResponse describe(Path file) {
        try {
            return Json.response(
                    StatusCodes.OK,
                    Json.MAPPER.createObjectNode().put(SIZE, Files.size(file)).put(CHECKSUM, Sha256.of(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The path of a file, for {@link FilePull}. */
    public static String path(String root, List<String> names) {
        return "/" + PREFIX + "/" + root + "/" + String.join("/", names);
    }

    /** The path of what a node says of a file, size and checksum, in place of the file. */
    public static String described(String path) {
        return path + "?" + CHECKSUM;
    }

    private static HttpResponse answer(Path file, HttpRequest request) {
        long size = size(file);
        Optional<Part> wanted = part(request, size);
        Part part = wanted.orElse(new Part(0, size));
        if (wanted.isPresent() && part.length <= 0) {
            return Json.error(StatusCodes.RANGE_NOT_SATISFIABLE, "the file has " + size + " bytes")
                    .addHeader(ContentRange.create(
                            RangeUnits.BYTES,
                            org.apache.pekko.http.javadsl.model.ContentRange.createUnsatisfiable(size)));
        }
        HttpResponse response = HttpResponse.create()
                .addHeader(AcceptRanges.create(RangeUnits.BYTES))
                .withEntity(HttpEntities.create(
                        ContentTypes.APPLICATION_OCTET_STREAM,
                        part.length,
                        FileSlice.source(file, part.offset, part.length)));
        if (wanted.isEmpty()) {
            return response.withStatus(StatusCodes.OK);
        }
        return response.withStatus(StatusCodes.PARTIAL_CONTENT)
                .addHeader(ContentRange.create(
                        RangeUnits.BYTES,
                        org.apache.pekko.http.javadsl.model.ContentRange.create(
                                part.offset, part.offset + part.length - 1, size)));
    }

    // Several ranges at once are answered by the whole, as the standard lets one do.
    private static Optional<Part> part(HttpRequest request, long size) {
        Optional<Range> header = request.getHeader(Range.class);
        if (header.isEmpty() || header.get().rangeUnit() != RangeUnits.BYTES) {
            return Optional.empty();
        }
        Iterator<ByteRange> ranges = header.get().getRanges().iterator();
        ByteRange range = ranges.next();
        if (ranges.hasNext()) {
            return Optional.empty();
        }
        if (range.isSuffix()) {
            long length = Math.min(range.getSuffixLength().orElseThrow(), size);
            return Optional.of(new Part(size - length, length));
        }
        long first = (range.isSlice() ? range.getSliceFirst() : range.getOffset()).orElseThrow();
        long last = range.isSlice() ? Math.min(range.getSliceLast().orElseThrow(), size - 1) : size - 1;
        return Optional.of(new Part(first, last - first + 1));
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A length below one is of no byte. */
    private record Part(long offset, long length) {}
}
