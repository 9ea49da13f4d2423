package org.unweave.cluster.http;

import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.unweave.cluster.security.AccessException;

/**
 * The names by which a server may be called. A page of any site can make a browser call this machine by a name of that
 * site's own (DNS rebinding), and is then shown what a page of ours is shown; its name gives it away.
 */
final class HostNames {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern FORM = Pattern.compile("(\\[[0-9a-f:.]+]|[^:\\[\\]/@\\s]+)(?::(\\d{1,5}))?");

    private final Set<Name> allowed = new HashSet<>();
    private final int schemePort;

    /**
     * @param names beside loopback's: a host's, for the port that is bound, or host and port as a proxy shows them
     * @param port that is bound
     * @param schemePort that a name without port means: 80, or 443 for HTTPS
     */
    HostNames(Collection<String> names, int port, int schemePort) {
        this.schemePort = schemePort;
        for (String name : LOOPBACK) {
            allowed.add(parse(name, port).orElseThrow());
        }
        for (String name : names) {
            allowed.add(named(name, port));
        }
    }

    /** Host and port as they stand in a URI; the port only where the name has none. */
    static String authority(String name, int port) {
        Name parsed = named(name, port);
        return (parsed.host.contains(":") ? "[" + parsed.host + "]" : parsed.host) + ":" + parsed.port;
    }

    private static Name named(String name, int port) {
        boolean bare = name.indexOf(':') != name.lastIndexOf(':') && !name.startsWith("[");
        return parse(bare ? "[" + name + "]" : name, port)
                .orElseThrow(() -> new AccessException("\"" + name + "\" is no name of a host"));
    }

    /** Whether the value of a header {@code Host} is one of the names. */
    boolean allow(String host) {
        return parse(host, schemePort).filter(allowed::contains).isPresent();
    }

    private static Optional<Name> parse(String text, int otherwise) {
        Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = matcher.group(2) == null ? otherwise : Integer.parseInt(matcher.group(2));
        String host = matcher.group(1);
        if (!host.startsWith("[")) {
            return Optional.of(new Name(host, port));
        }
        try {
            return Optional.of(new Name(InetAddress.ofLiteral(host).getHostAddress(), port));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private record Name(String host, int port) {}
}
