package org.unweave.eval;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unweave.model.exchange.AttributionSnapshot;
import org.unweave.model.exchange.AttributionSnapshot.Attributed;

/**
 * The file of an {@link AttributionSnapshot}. Its keys are those of the other results as far as these have such; it has no
 * time and no id of its own, so the same SAE gives the same bytes.
 */
public final class AttributionReport {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final String TYPE = "eval_type_id";
    private static final String METRICS = "eval_result_metrics";
    private static final String GROUP = "attribution";
    private static final Pattern STEP = Pattern.compile("([0-9]{1,18})_custom_sae_eval_results[.]json");
    private static final String DETAILS = "eval_result_details";

    private AttributionReport() {}

    /** Where the report on a job's checkpoint is. */
    public static Path file(Path runFolder, String run, String job, long step) {
        return EvalReport.file(runFolder, AttributionEval.NAME, Subject.id(run, job, step));
    }

    /** The steps of a job's checkpoints on which there is a report, rising. */
    public static List<Long> steps(Path runFolder, String run, String job) {
        String prefix = run + "_" + job + "_";
        Path folder = file(runFolder, run, job, 0).toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith(prefix))
                    .map(name -> STEP.matcher(name.substring(prefix.length())))
                    .filter(Matcher::lookingAt)
                    .map(step -> Long.parseLong(step.group(1)))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new EvaluationException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    static EvalReport of(AttributionSnapshot snapshot, Subject subject, ObjectNode config, ObjectNode sae) {
        ObjectNode json = NODES.objectNode();
        json.put(TYPE, AttributionEval.NAME);
        json.set("eval_config", config);
        ObjectNode group = json.putObject(METRICS).putObject(GROUP);
        group.put("probe_accuracy", snapshot.probeAccuracy());
        group.put("percentile_85", snapshot.percentile85());
        group.put("top_latents", snapshot.top().size());
        double share =
                snapshot.top().stream().mapToDouble(Attributed::attribution).sum();
        group.put("top_share", share);
        json.put(ReportFrame.SUBJECT, subject.id());
        json.put("job", snapshot.job());
        json.put("step", snapshot.step());
        json.put("attribute", snapshot.attribute());
        json.put("features", snapshot.features());
        json.set("sae_cfg_dict", sae);
        ArrayNode details = json.putArray(DETAILS);
        for (Attributed latent : snapshot.top()) {
            details.addObject().put("latent", latent.feature()).put("attribution", latent.attribution());
        }
        Map<String, Double> headline =
                Map.of("probe_accuracy", snapshot.probeAccuracy(), "percentile_85", snapshot.percentile85());
        return new EvalReport(AttributionEval.NAME, subject.id(), headline, json);
    }

    /**
     * Reads a snapshot back.
     *
     * @throws EvaluationException if the file is missing, damaged, or of another evaluation
     */
    public static AttributionSnapshot read(Path file) {
        JsonNode json;
        try {
            json = MAPPER.readTree(file.toFile());
        } catch (IOException e) {
            throw new EvaluationException("cannot read the attribution " + file + ": " + e.getMessage(), e);
        }
        String type = json.path(TYPE).asText();
        if (!type.equals(AttributionEval.NAME)) {
            throw refused(file, type.isEmpty() ? "it says of no evaluation that it is its report" : "it is of " + type);
        }
        return new Reader(file, json).snapshot();
    }

    private static EvaluationException refused(Path file, String why) {
        return new EvaluationException(
                file + " holds no whole attribution: " + why + "; delete it to have it made anew");
    }

    /** Takes the fields, each of which must be what one of ours can be. */
    private record Reader(Path file, JsonNode json) {

        AttributionSnapshot snapshot() {
            int features = (int) whole(json, "features", 1, Integer.MAX_VALUE);
            JsonNode group = json.path(METRICS).path(GROUP);
            return new AttributionSnapshot(
                    text("job"),
                    whole(json, "step", 0, Long.MAX_VALUE),
                    AttributionSnapshot.Source.EVALUATOR,
                    text("attribute"),
                    features,
                    top(features),
                    share(group, "percentile_85"),
                    share(group, "probe_accuracy"));
        }

        private List<Attributed> top(int features) {
            JsonNode details = json.path(DETAILS);
            if (!details.isArray() || details.size() > AttributionSnapshot.MOST) {
                throw refused(file, DETAILS + " is no list of at most " + AttributionSnapshot.MOST + " latents");
            }
            List<Attributed> top = new ArrayList<>();
            Set<Integer> seen = new HashSet<>();
            double before = 1;
            for (JsonNode one : details) {
                int latent = (int) whole(one, "latent", 0, features - 1L);
                double attribution = share(one, "attribution");
                if (!seen.add(latent) || attribution == 0 || attribution > before) {
                    throw refused(file, "latent " + latent + " stands twice, or out of order");
                }
                top.add(new Attributed(latent, attribution));
                before = attribution;
            }
            JsonNode count = json.path(METRICS).path(GROUP).path("top_latents");
            if (count.asInt(-1) != top.size()) {
                throw refused(file, DETAILS + " has " + top.size() + " latents, not " + count);
            }
            return top;
        }

        private String text(String key) {
            JsonNode node = json.path(key);
            if (!node.isTextual() || node.textValue().isEmpty()) {
                throw refused(file, key + " is missing");
            }
            return node.textValue();
        }

        private long whole(JsonNode of, String key, long least, long most) {
            JsonNode node = of.path(key);
            if (!node.canConvertToExactIntegral() || !node.canConvertToLong()) {
                throw refused(file, key + " is no whole number");
            }
            if (node.longValue() < least || node.longValue() > most) {
                throw refused(file, key + " is " + node.longValue() + ", not " + least + " to " + most);
            }
            return node.longValue();
        }

        private double share(JsonNode of, String key) {
            JsonNode node = of.path(key);
            if (!node.isNumber() || !(node.doubleValue() >= 0 && node.doubleValue() <= 1)) {
                throw refused(file, key + " is no number from 0 to 1");
            }
            return node.doubleValue();
        }
    }
}
