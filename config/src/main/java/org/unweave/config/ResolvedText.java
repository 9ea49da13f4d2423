package org.unweave.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A resolved configuration as text: whole, for the run's folder, or key by key, to tell two apart. */
final class ResolvedText {
    private static final String INDENT = "  ";

    private ResolvedText() {}

    static String render(RunConfig config) {
        StringBuilder text = new StringBuilder();
        text.append("# The resolved configuration of the run ").append(config.name());
        text.append(": every key, and every job of every grid.\n");
        keys(config, "", text);
        return text.toString();
    }

    /** One job: the keys of an entry of {@code jobs}. */
    static String render(JobConfig job) {
        StringBuilder text = new StringBuilder();
        keys(job, "", text);
        return text.toString();
    }

    static List<String> differences(RunConfig from, RunConfig to) {
        List<String> lines = differences(values(from), values(to));
        Map<String, JobConfig> fromJobs = byName(from);
        Map<String, JobConfig> toJobs = byName(to);
        fromJobs.forEach((name, job) -> {
            JobConfig other = toJobs.get(name);
            String path = "jobs." + name;
            if (other == null) {
                lines.add(path + ": is gone");
            } else {
                differences(values(job), values(other)).forEach(line -> lines.add(path + "." + line));
            }
        });
        toJobs.keySet().stream()
                .filter(name -> !fromJobs.containsKey(name))
                .forEach(name -> lines.add("jobs." + name + ": is new"));
        return lines;
    }

    private static List<String> differences(Map<String, String> from, Map<String, String> to) {
        List<String> lines = new ArrayList<>();
        from.forEach((path, value) -> {
            String other = to.get(path);
            if (!value.equals(other)) {
                lines.add(path + ": " + value + " -> " + other);
            }
        });
        return lines;
    }

    private static Map<String, JobConfig> byName(RunConfig config) {
        Map<String, JobConfig> jobs = new LinkedHashMap<>();
        config.jobs().forEach(job -> jobs.put(job.name(), job));
        return jobs;
    }

    /** The values of a record by their paths, jobs left out. */
    static Map<String, String> values(Record record) {
        Map<String, String> values = new LinkedHashMap<>();
        collect(record, "", values);
        return values;
    }

    private static void collect(Record record, String path, Map<String, String> values) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String full = Keys.join(path, Keys.of(component));
            Object value = value(record, component);
            if (value instanceof Record inner) {
                collect(inner, full, values);
            } else if (Keys.itemRecord(component).isEmpty()) {
                values.put(full, Scalars.write(component, value));
            }
        }
    }

    private static void keys(Record record, String indent, StringBuilder text) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = value(record, component);
            text.append(indent).append(Keys.of(component));
            if (value instanceof Record inner) {
                block(" {\n", inner, indent, text);
            } else if (Keys.itemRecord(component).isPresent()) {
                text.append(" = [\n");
                ((List<?>) value).forEach(item -> block(indent + INDENT + "{\n", (Record) item, indent + INDENT, text));
                text.append(indent).append("]\n");
            } else {
                text.append(" = ").append(Scalars.write(component, value)).append('\n');
            }
        }
    }

    private static void block(String opening, Record record, String indent, StringBuilder text) {
        text.append(opening);
        keys(record, indent + INDENT, text);
        text.append(indent).append("}\n");
    }

    private static Object value(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }
}
