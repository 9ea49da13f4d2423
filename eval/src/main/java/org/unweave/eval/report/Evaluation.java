package org.unweave.eval.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One result file in SAEBench's layout, less the per-latent details.
 *
 * @param evaluation the folder's name, as {@code core} or {@code sparse_probing}
 * @param sae the job, or the name of a control
 * @param step the checkpoint's step; -1 if the file's name has none
 * @param seed the seed that the file's name ends with; -1 if it names none, and the evaluation had the configured one
 * @param document the top-level fields
 */
public record Evaluation(String evaluation, String sae, long step, long seed, JsonNode document) {
    public static final String CORE = "core";
    public static final String SPARSE_PROBING = "sparse_probing";
    private static final String CONTROL = "-control";
    private static final String DATASET_SUFFIX = "_results";

    /** A number of {@code eval_result_metrics}; NaN where it is missing. */
    public double metric(String group, String key) {
        return JsonFields.number(document.path("eval_result_metrics").path(group), key);
    }

    /** The numbers of one key for every dataset, by the dataset's name; NaN where a dataset lacks it. */
    public Map<String, Double> perDataset(String key) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (JsonNode detail : document.path("eval_result_details")) {
            String name = JsonFields.text(detail, "dataset_name");
            if (!name.isEmpty()) {
                numbers.put(withoutSuffix(name), JsonFields.number(detail, key));
            }
        }
        return numbers;
    }

    public boolean control() {
        return control(sae);
    }

    /** Whether an SAE of this name is one that nobody trained. */
    static boolean control(String sae) {
        return sae.endsWith(CONTROL);
    }

    private static String withoutSuffix(String name) {
        return name.endsWith(DATASET_SUFFIX) ? name.substring(0, name.length() - DATASET_SUFFIX.length()) : name;
    }
}
