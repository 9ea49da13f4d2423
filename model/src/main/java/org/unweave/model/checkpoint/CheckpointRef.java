package org.unweave.model.checkpoint;

/**
 * Names a checkpoint without carrying it.
 *
 * @param job the job that wrote it
 * @param step updates that it has seen
 * @param epoch the job's placement that wrote it; rises with each restart
 * @param uri its folder
 * @param sha256 of its state file
 * @param sizeBytes of its state file
 */
public record CheckpointRef(String job, long step, int epoch, String uri, String sha256, long sizeBytes) {}
