package org.unweave.cluster.watch;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a node is at.
 *
 * @param slots of all its seats, and how many are lent and waited for
 * @param cpuShare of the machine's processors; NaN where it is not known
 */
record NodePicture(
        String name,
        int slots,
        int lent,
        int waiting,
        int jobs,
        int evaluators,
        int judging,
        double heapBytes,
        double heapMostBytes,
        double cpuShare) {
    static NodePicture of(JsonNode node) {
        int slots = 0;
        int lent = 0;
        int waiting = 0;
        for (JsonNode seat : node.path("slots")) {
            slots += seat.path("slots").asInt();
            lent += seat.path("lent").asInt();
            waiting += seat.path("waiting").asInt();
        }
        return new NodePicture(
                Words.clean(node.path("node").asText()),
                slots,
                lent,
                waiting,
                node.path("jobs").size(),
                node.path("evaluators").asInt(),
                node.path("judging").asInt(),
                node.path("heap_bytes").asDouble(),
                node.path("heap_most_bytes").asDouble(),
                node.path("cpu_share").asDouble(Double.NaN));
    }

    /** In one line, without the name. */
    String text() {
        StringBuilder text = new StringBuilder(Words.format("slots %d of %d lent", lent, slots));
        if (waiting > 0) {
            text.append(Words.format(", %d waiting", waiting));
        }
        text.append(Words.format(", jobs %d", jobs));
        if (evaluators > 0) {
            text.append(Words.format(", judging %d", judging));
        }
        text.append(Words.format(", heap %s of %s", Words.size(heapBytes), Words.size(heapMostBytes)));
        if (Double.isFinite(cpuShare)) {
            text.append(Words.format(", CPU %.0f%%", 100 * cpuShare));
        }
        return text.toString();
    }
}
