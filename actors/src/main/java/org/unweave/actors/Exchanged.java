package org.unweave.actors;

import org.unweave.model.exchange.Told;

/** Something that a trainer or an evaluator tells the jobs of a run. That one is lost is harmless. */
public record Exchanged(String run, Told told) implements Wire {}
