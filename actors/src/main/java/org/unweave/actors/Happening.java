package org.unweave.actors;

import org.unweave.config.HooksConfig;

/**
 * Something that has happened to a run, for whoever wants to be told.
 *
 * @param job empty where it is the whole run's
 * @param node the process that is lost; empty otherwise
 * @param state how the run, or the job, stands by it
 * @param reason why; empty where there is none
 */
public record Happening(HooksConfig.Event event, String run, String job, String node, String state, String reason) {}
