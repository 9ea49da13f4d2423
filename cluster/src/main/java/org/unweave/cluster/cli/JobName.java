package org.unweave.cluster.cli;

import java.util.regex.Pattern;
import picocli.CommandLine;

/** A job of a cluster's run, as people name it: {@code RUN/JOB}. */
record JobName(String run, String job) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    /** Where a command to it goes. */
    String path(String word) {
        return "/runs/" + run + "/jobs/" + job + "/" + word;
    }

    /** Whether this is a name that a run or a job can have. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    static final class Converter implements CommandLine.ITypeConverter<JobName> {
        @Override
        public JobName convert(String text) {
            int slash = text.indexOf('/');
            if (slash < 0 || !isName(text.substring(0, slash)) || !isName(text.substring(slash + 1))) {
                throw new CommandLine.TypeConversionException("\"" + text + "\" is no RUN/JOB, as study-1/topk-k64");
            }
            return new JobName(text.substring(0, slash), text.substring(slash + 1));
        }
    }
}
