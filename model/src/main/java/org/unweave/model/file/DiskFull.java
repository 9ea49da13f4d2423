package org.unweave.model.file;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells a disk without room, which may have some later, from other failures. */
public final class DiskFull {
    // Java has no exception of its own for it.
    private static final List<String> SAID =
            List.of("no space left on device", "disk quota exceeded", "not enough space on the disk");

    private DiskFull() {}

    /** Whether this failed, at its root, since there is no room. */
    public static boolean is(Throwable failure) {
        @Nullable Throwable cause = failure;
        while (cause != null) {
            if (cause instanceof IOException && says(cause.getMessage())) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private static boolean says(@Nullable String message) {
        String text = message == null ? "" : message.toLowerCase(Locale.ROOT);
        return SAID.stream().anyMatch(text::contains);
    }
}
