package org.unweave.cluster.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.Newsroom;
import org.unweave.actors.ResultLedger;
import org.unweave.actors.Slots;
import org.unweave.model.train.JobFolder;

/** What events and nodes are as JSON. A number that is none (NaN, infinite) is null. */
public final class EventJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private EventJson() {}

    /** A line of {@code metrics.jsonl}, with run, job and what is not in the file. */
    static ObjectNode metrics(MetricsHub.JobMetrics line) {
        ObjectNode json = JSON.createObjectNode();
        json.put("run", line.run()).put("job", line.job()).put("split", line.split());
        json.put("step", line.step()).put("steps", line.steps()).put("rows", line.rows());
        put(json, "wall_s", line.seconds());
        put(json, "loss", line.loss());
        json.set("terms", numbers(line.terms()));
        json.set("term_gradient_share", numbers(line.gradientShares()));
        json.set("curves", numbers(line.curves()));
        put(json, "l0", line.l0());
        put(json, "variance_explained", line.varianceExplained());
        put(json, "dead_share", line.deadShare());
        put(json, "lr", line.learningRate());
        put(json, "rows_per_second", line.rowsPerSecond());
        MetricsHub.Spent spent = line.spent();
        ObjectNode seconds = json.putObject("spent_s");
        put(seconds, "compute", spent.compute());
        put(seconds, "data", spent.data());
        put(seconds, "slot", spent.slot());
        put(seconds, "exchange", spent.exchange());
        put(seconds, "checkpoint", spent.checkpoint());
        put(seconds, "paused", spent.paused());
        return json;
    }

    static ObjectNode told(MetricsHub.JobTold told) {
        ObjectNode json = JSON.createObjectNode();
        json.put("run", told.run()).put("job", told.job()).put("step", told.step());
        json.put("what", told.kind());
        json.set("values", numbers(told.values()));
        return json;
    }

    /** What a node is at, without its actors. */
    static ObjectNode node(MetricsHub.NodeMetrics node) {
        ObjectNode json = JSON.createObjectNode();
        json.put("node", node.name()).put("process", node.process()).put("url", node.url());
        ArrayNode seats = json.putArray("slots");
        for (Slots.SeatUse seat : node.seats()) {
            seats.addObject()
                    .put("seat", seat.seat())
                    .put("slots", seat.slots())
                    .put("lent", seat.lent())
                    .put("waiting", seat.waiting())
                    .put("leases", seat.leases());
        }
        ArrayNode jobs = json.putArray("jobs");
        node.jobs().forEach(jobs::add);
        json.put("evaluators", node.evaluators()).put("judging", node.judging());
        json.put("heap_bytes", node.heapBytes()).put("heap_most_bytes", node.heapMostBytes());
        put(json, "cpu_share", node.cpuShare() < 0 ? Double.NaN : node.cpuShare());
        return json;
    }

    /** The same, with its actors and since when nothing was heard of it. */
    public static ObjectNode node(ClusterState.NodeView view) {
        ObjectNode json = node(view.metrics());
        put(json, "age_s", view.ageSeconds());
        ArrayNode actors = json.putArray("actors");
        view.metrics()
                .actors()
                .forEach(actor -> actors.addObject()
                        .put("name", actor.name())
                        .put("kind", actor.kind())
                        .put("mailbox", actor.waiting())
                        .put("messages", actor.taken()));
        return json;
    }

    static ObjectNode job(Newsroom.JobChanged changed) {
        JobFolder.Standing standing = changed.standing();
        ObjectNode json = JSON.createObjectNode();
        json.put("run", changed.run()).put("job", standing.job()).put("variant", standing.variant());
        json.put("state", standing.state()).put("node", changed.node());
        json.put("step", standing.step()).put("steps", standing.steps());
        put(json, "target_l0", standing.targetL0());
        put(json, "seconds", standing.seconds());
        put(json, "rows_per_second", standing.rowsPerSecond());
        json.put("restarts", standing.restarts()).put("set", standing.set()).put("reason", standing.reason());
        return json;
    }

    static ObjectNode placed(Newsroom.JobPlaced placed) {
        return JSON.createObjectNode()
                .put("run", placed.run())
                .put("job", placed.job())
                .put("placement", placed.epoch())
                .put("node", placed.node());
    }

    static ObjectNode checkpoint(Newsroom.CheckpointKept kept) {
        return JSON.createObjectNode()
                .put("run", kept.run())
                .put("job", kept.job())
                .put("step", kept.step())
                .put("sha256", kept.sha256())
                .put("size_bytes", kept.sizeBytes());
    }

    static ObjectNode evaluated(ResultLedger.Judged judged) {
        ObjectNode json = JSON.createObjectNode();
        json.put("run", judged.run()).put("job", judged.job()).put("step", judged.step());
        json.put("judgement", judged.judgement().name().toLowerCase(Locale.ROOT));
        json.put("problem", judged.problem());
        json.set("numbers", numbers(judged.headline()));
        return json;
    }

    static ObjectNode run(Newsroom.RunChanged changed) {
        return JSON.createObjectNode().put("run", changed.run()).put("state", changed.state());
    }

    static ObjectNode nodeName(String node) {
        return JSON.createObjectNode().put("node", node);
    }

    /** A line of the log. */
    public static ObjectNode line(LogRing.Line line) {
        return JSON.createObjectNode()
                .put("time", line.time().toString())
                .put("level", line.level())
                .put("logger", line.logger())
                .put("run", line.run())
                .put("job", line.job())
                .put("message", line.message());
    }

    /** Numbers by name, in order. */
    private static ObjectNode numbers(Map<String, Double> values) {
        ObjectNode json = JSON.createObjectNode();
        new TreeMap<>(values).forEach((name, value) -> put(json, name, value));
        return json;
    }

    private static void put(ObjectNode json, String name, double value) {
        if (Double.isFinite(value)) {
            json.put(name, value);
        } else {
            json.putNull(name);
        }
    }

    static String text(ObjectNode json) {
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a tree of JSON can always be written", e);
        }
    }
}
