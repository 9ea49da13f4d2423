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
    private final TransformerOps transformer;

    private Device(String name, Team team, Ops ops, TransformerOps transformer) {
        this.name = name;
        this.team = team;
        this.ops = ops;
        this.transformer = transformer;
    }

    /** The CPU, with this many threads. */
    public static Device cpu(int threads) {
        Team team = new Team(threads);
        String name = "cpu:threads=" + threads + " " + SimdOps.description();
        return new Device(name, team, new SimdOps(team), new SimdTransformerOps(team));
    }

    public String name() {
        return name;
    }

    public Ops ops() {
        return ops;
    }

    /** The kernels of the language model. */
    public TransformerOps transformer() {
        return transformer;
    }

    /** The threads, for work on the host that is not a kernel. */
    public Team team() {
        return team;
    }

    @Override
    public void close() {
        transformer.close();
        ops.close();
        team.close();
    }
}
