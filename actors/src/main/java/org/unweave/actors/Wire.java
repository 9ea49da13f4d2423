package org.unweave.actors;

/** A message that may be sent to another JVM: a record of small values, never an array or a matrix. */
public interface Wire {}
