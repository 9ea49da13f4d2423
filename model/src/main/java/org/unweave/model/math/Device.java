package org.unweave.model.math;

import org.nd4j.linalg.factory.Nd4j;

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
    private final Runnable attach;

    private Device(String name, Team team, Ops ops, TransformerOps transformer, Runnable attach) {
        this.name = name;
        this.team = team;
        this.ops = ops;
        this.transformer = transformer;
        this.attach = attach;
    }

    /** The CPU, with this many threads. */
    public static Device cpu(int threads) {
        Team team = new Team(threads);
        String name = "cpu:threads=" + threads + " " + SimdOps.description();
        return new Device(name, team, new SimdOps(team), new SimdTransformerOps(team), () -> {});
    }

    /**
     * A card, by its number. The language model's kernels are the CPU's, with this many threads.
     *
     * @throws IllegalStateException if the card cannot be trained on, with the reason and the remedy
     */
    public static Device cuda(int number, int threads) {
        Cuda.Found found = Cuda.look();
        Cuda.refusal(found, number).ifPresent(reason -> {
            throw new IllegalStateException("card " + number + " cannot be trained on: " + reason);
        });
        Team team = new Team(threads);
        return new Device(
                "cuda:" + ((Cuda.Cards) found).cards().get(number),
                team,
                Nd4jOps.copying(),
                new SimdTransformerOps(team),
                () -> Nd4j.getAffinityManager().unsafeSetDevice(number));
    }

    /** Binds the calling thread to this device, for good; called first by the thread that works with {@link #ops}. */
    public void attach() {
        attach.run();
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
