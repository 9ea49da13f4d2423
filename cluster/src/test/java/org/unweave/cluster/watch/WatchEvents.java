package org.unweave.cluster.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Answers and events as nodes give them, of a run that is named study. */
final class WatchEvents {
    static final String RUN = "study";

    private static final ObjectMapper JSON = new ObjectMapper();

    private WatchEvents() {}

    /** JSON with quotation marks as apostrophes. */
    static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    /** How the run stands: two jobs, and one evaluation to come. */
    static JsonNode status(String state) {
        return json("{'run':'study','state':'" + state + "','folder':'/runs/study','evaluationsLeft':1,'problems':[],"
                + "'jobs':[" + standing("topk-k64", state) + "," + standing("standard", state) + "]}");
    }

    private static String standing(String job, String state) {
        return "{'job':'" + job + "','variant':'" + job.replace("-k64", "") + "','state':'" + state
                + "','step':0,'steps':200,'targetL0':64.0,'seconds':0.0,'rowsPerSecond':0.0,'restarts':0,'reason':''}";
    }

    static JsonNode job(String job, String state, String node, long step, int restarts, String reason) {
        return json("{'run':'study','job':'" + job + "','variant':'" + job.replace("-k64", "") + "','state':'" + state
                + "','node':'" + node + "','step':" + step + ",'steps':200,'target_l0':64.0,'seconds':1.5,"
                + "'rows_per_second':900.0,'restarts':" + restarts + ",'reason':'" + reason + "'}");
    }

    /** A line of metrics; the job has had {@code seconds} since it was placed, a fifth of them paused. */
    static JsonNode metrics(String job, long step, double loss, double l0, double seconds) {
        return json("{'run':'study','job':'" + job + "','split':'train','step':" + step + ",'steps':200,'rows':"
                + 128 * step + ",'wall_s':" + seconds / 2 + ",'loss':" + loss
                + ",'terms':{},'term_gradient_share':{},'curves':{},'l0':" + l0
                + ",'variance_explained':0.7414,'dead_share':0.016,'lr':1.0E-4,'rows_per_second':1234.5,'spent_s':{"
                + "'compute':" + seconds / 2 + ",'data':" + seconds / 10 + ",'slot':" + seconds / 5
                + ",'exchange':0.0,'checkpoint':0.0,'paused':" + seconds / 5 + "}}");
    }

    static JsonNode node(String name) {
        return json("{'node':'" + name + "','process':'p1','url':'','slots':[{'seat':'cpu','slots':2,'lent':1,"
                + "'waiting':1,'leases':9}],'jobs':['study/topk-k64'],'evaluators':1,'judging':1,"
                + "'heap_bytes':1073741824,'heap_most_bytes':4294967296,'cpu_share':0.5}");
    }

    /** The run at work on one node, with some news. */
    static WatchModel running() {
        WatchModel model = new WatchModel(RUN);
        model.standing(status("running"));
        model.happened("node", node("n1:25520"));
        model.happened("job", job("topk-k64", "running", "n1:25520", 0, 0, ""));
        model.happened("job", job("standard", "running", "n1:25520", 0, 0, ""));
        for (int i = 1; i <= 8; i++) {
            model.happened("metrics", metrics("topk-k64", 10L * i, 0.5 / i, 64, 2 * i));
        }
        model.happened("metrics", metrics("standard", 50, 0.4321, 97.25, 10));
        return model;
    }
}
