package org.unweave.cluster.cli;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What a command asks before it ends something: yes by {@code --yes}, or by a person on a terminal. */
final class Confirmation {
    private static final Set<String> YES = Set.of("y", "yes");

    @Option(
            names = {"-y", "--yes"},
            description = "Does not ask; needed where there is no terminal.")
    private boolean yes;

    /**
     * Whether it is to be done.
     *
     * @param what a whole question, without its mark
     * @throws CommandLine.ParameterException where there is nobody to ask
     */
    boolean given(CommandLine command, Console console, String what) {
        if (yes) {
            return true;
        }
        if (!console.terminal()) {
            throw new CommandLine.ParameterException(
                    command, what + "? Nobody can be asked here; give --yes if it is meant");
        }
        console.err().print(what + "? [y/N] ");
        console.err().flush();
        @Nullable String answer = console.lines().get();
        boolean given = answer != null && YES.contains(answer.strip().toLowerCase(Locale.ROOT));
        if (!given) {
            console.err().println("nothing was done");
        }
        return given;
    }
}
