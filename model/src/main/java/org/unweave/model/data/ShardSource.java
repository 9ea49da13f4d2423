package org.unweave.model.data;

import java.nio.file.Path;

/** Others that harvest the same activations, and from whom whole shards may be had. */
public interface ShardSource {
    /** There are no others. */
    ShardSource NONE = new ShardSource() {
        @Override
        public boolean isOwn(int number) {
            return true;
        }

        @Override
        public boolean fetch(String store, Path shard, Path checksum, long sizeBytes) {
            return false;
        }
    };

    /** Whether a shard is of the part that is harvested here first, so that not all harvest the same. */
    boolean isOwn(int number);

    /**
     * Brings a shard and the file with its checksum here, if any of the others has it.
     *
     * @param store the key of the store: {@link HarvestRecipe#key}
     * @param shard where it is to be
     * @param checksum where the file with its SHA-256 is to be
     * @param sizeBytes of the shard
     * @return whether both are here; a shard that cannot be had, for whatever reason, is harvested
     */
    boolean fetch(String store, Path shard, Path checksum, long sizeBytes);
}
