package org.unweave.model.math;

/**
 * What computes: the kernels, their threads, and a name that goes into a checkpoint's provenance.
 *
 * <p>A device belongs to one slot and has one caller at a time.
 */
public final class Device implements AutoCloseable {
    private final String name;
    private final Team team;
    private final Ops ops;

    private Device(String name, Team team, Ops ops) {
        this.name = name;
        this.team = team;
        this.ops = ops;
    }

    /** The CPU, with this many threads. */
    public static Device cpu(int threads) {
        Team team = new Team(threads);
        return new Device("cpu:threads=" + threads + " " + SimdOps.description(), team, new SimdOps(team));
    }

    public String name() {
        return name;
    }

    public Ops ops() {
        return ops;
    }

    @Override
    public void close() {
        ops.close();
        team.close();
    }
}
