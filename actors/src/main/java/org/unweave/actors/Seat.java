package org.unweave.actors;

import org.unweave.config.SlotsConfig.Kind;

/**
 * Where a job computes.
 *
 * @param card its number on the node; 0 for the CPU
 */
public record Seat(Kind kind, int card) {
    /** Any slot of the CPU. */
    public static final Seat CPU = new Seat(Kind.CPU, 0);

    /** {@code cpu}, or a card as {@code cuda:0}. */
    String text() {
        return kind == Kind.CPU ? "cpu" : "cuda:" + card;
    }

    /** A card of the node. */
    public static Seat card(int number) {
        return new Seat(Kind.CUDA, number);
    }
}
