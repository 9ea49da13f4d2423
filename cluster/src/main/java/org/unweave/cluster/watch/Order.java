package org.unweave.cluster.watch;

/**
 * A command to a node, and what is said of it.
 *
 * @param path that is posted to
 * @param taken what is said once it is taken
 */
record Order(String path, String taken) {
    private static final String RUNS = "/api/v1/runs/";

    static Order ofJob(String run, String job, String command, String taken) {
        return new Order(RUNS + run + "/jobs/" + job + "/" + command, job + " " + taken);
    }

    static Order stop(String run) {
        return new Order(RUNS + run + "/stop", "the run stops after a checkpoint of each job");
    }
}
