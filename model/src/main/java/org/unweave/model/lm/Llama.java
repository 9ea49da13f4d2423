package org.unweave.model.lm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.unweave.model.math.Device;
import org.unweave.model.math.Mat;
import org.unweave.model.math.TransformerOps;
import org.unweave.model.math.Workspace;

/**
 * A decoder of the llama family: RMS norms before attention and before a gated feed-forward layer, rotary positions,
 * shared key-value heads.
 *
 * <p>Padding is not computed: sequences go through the blocks packed, a few at a time, so that their activations stay
 * in the processor's cache.
 */
public final class Llama implements LanguageModel {
    // Rows that go through the blocks together.
    private static final int CHUNK_ROWS = 1024;

    private final String name;
    private final GgufFile file;
    private final LlamaShape shape;
    private final LlamaWeights weights;
    private final Tokenizer tokenizer;
    private final TransformerOps ops;
    private final Workspace scratch;
    private final RotaryTable rotary;

    private Llama(GgufFile file, Device device) {
        String fileName = String.valueOf(file.path().getFileName());
        this.name = fileName.endsWith(".gguf") ? fileName.substring(0, fileName.length() - 5) : fileName;
        this.file = file;
        this.shape = LlamaShape.of(file);
        this.weights = new LlamaWeights(file, shape, device.team());
        this.tokenizer = GgufTokenizer.of(file);
        this.ops = device.transformer();
        this.scratch = new Workspace(device.ops());
        this.rotary = new RotaryTable(shape.heads().width(), shape.ropeBase());
    }

    /** Opens a GGUF file; weights are read when they are needed. The device stays the caller's. */
    public static Llama load(Path gguf, Device device) {
        return load(gguf, null, device);
    }

    /** Opens a GGUF file and, given its sha256, refuses any other contents. */
    public static Llama load(Path gguf, @Nullable String expectedSha256, Device device) {
        GgufFile file = GgufFile.open(gguf, expectedSha256);
        try {
            return new Llama(file, device);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String fingerprint() {
        return file.fingerprint();
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public int blocks() {
        return shape.blocks();
    }

    @Override
    public int width() {
        return shape.width();
    }

    @Override
    public int context() {
        return shape.context();
    }

    @Override
    public int vocabulary() {
        return shape.vocabulary();
    }

    @Override
    public Mat runTo(TokenBatch batch, int block) {
        requireBlock(block);
        return run(batch, 0, block, null);
    }

    @Override
    public Mat resumeFrom(TokenBatch batch, int block, Mat residual) {
        requireBlock(block);
        if (residual.rows() != batch.rows() || residual.cols() != shape.width()) {
            throw new IllegalArgumentException(
                    residual + " is no residual stream of " + batch.rows() + " rows of " + shape.width());
        }
        return run(batch, block + 1, shape.blocks() - 1, residual);
    }

    @Override
    public Mat runTo(TokenForest forest, int block) {
        requireBlock(block);
        return run(forest, 0, block, null);
    }

    @Override
    public Mat resumeFrom(TokenForest forest, int block, Mat residualRD) {
        requireBlock(block);
        if (residualRD.rows() != forest.rows() || residualRD.cols() != shape.width()) {
            throw new IllegalArgumentException(
                    residualRD + " is no residual stream of " + forest.rows() + " rows of " + shape.width());
        }
        return run(forest, block + 1, shape.blocks() - 1, residualRD);
    }

    private Mat run(TokenBatch batch, int firstBlock, int lastBlock, @Nullable Mat start) {
        requirePositions(batch.positions());
        Mat result = Mat.zeros(batch.rows(), shape.width());
        for (Chunk chunk : Chunk.of(batch, CHUNK_ROWS)) {
            Mat xRD = scratch.take("x", chunk.rows(), shape.width());
            if (start == null) {
                ops.gather(weights.embedding(), chunk.ids(), 0, xRD);
            } else {
                chunk.take(batch, start, xRD);
            }
            runBlocks(chunk, firstBlock, lastBlock, xRD);
            chunk.put(batch, xRD, result);
        }
        return result;
    }

    private Mat run(TokenForest forest, int firstBlock, int lastBlock, @Nullable Mat start) {
        int longest = 0;
        for (int segment = 0; segment < forest.segments(); segment++) {
            longest = Math.max(longest, forest.sequenceLength(segment));
        }
        requirePositions(longest);
        Mat result = Mat.zeros(forest.rows(), shape.width());
        for (ForestChunk chunk : ForestChunk.of(forest, CHUNK_ROWS)) {
            Mat xRD = chunk.view(result);
            if (start == null) {
                ops.gather(weights.embedding(), chunk.ids(), 0, xRD);
            } else {
                xRD.copyFrom(chunk.view(start));
            }
            runBlocks(chunk, firstBlock, lastBlock, xRD);
        }
        return result;
    }

    private void requirePositions(int positions) {
        if (positions > shape.context()) {
            throw new IllegalArgumentException(
                    "a sequence of " + positions + " tokens, where " + name + " has a context of " + shape.context());
        }
        rotary.require(positions);
    }

    private void runBlocks(Packed rows, int firstBlock, int lastBlock, Mat xRD) {
        for (int block = firstBlock; block <= lastBlock; block++) {
            attend(weights.block(block), rows, xRD);
            feedForward(weights.block(block), xRD);
        }
    }

    private void attend(LlamaWeights.Block block, Packed packed, Mat xRD) {
        TransformerOps.Heads heads = shape.heads();
        int rows = xRD.rows();
        Mat normRD = scratch.take("norm", rows, shape.width());
        Mat qkvRC = scratch.take("qkv", rows, heads.columns());
        Mat mixedRC = scratch.take("mixed", rows, heads.query() * heads.width());
        ops.rmsNorm(xRD, block.attentionNorm(), shape.epsilon(), normRD);
        ops.multiplyTransposed(normRD, block.queryKeyValue(), qkvRC);
        // Queries and keys stand side by side, and both are turned.
        ops.rotate(qkvRC, heads.query() + heads.keyValue(), packed.positions(), 0, rotary.cosine(), rotary.sine());
        packed.attend(ops, qkvRC, heads, scratch, mixedRC);
        ops.addMultiplyTransposed(mixedRC, block.attentionOutput(), xRD);
    }

    private void feedForward(LlamaWeights.Block block, Mat xRD) {
        int rows = xRD.rows();
        Mat normRD = scratch.take("norm", rows, shape.width());
        Mat gateUpRC = scratch.take("gateUp", rows, 2 * shape.hidden());
        Mat hiddenRC = scratch.take("hidden", rows, shape.hidden());
        ops.rmsNorm(xRD, block.feedNorm(), shape.epsilon(), normRD);
        ops.multiplyTransposed(normRD, block.gateUp(), gateUpRC);
        ops.siluMultiply(gateUpRC, hiddenRC);
        ops.addMultiplyTransposed(hiddenRC, block.down(), xRD);
    }

    @Override
    public void logits(Mat finalResidualRD, Mat outRV) {
        Mat normRD = scratch.take("norm", finalResidualRD.rows(), shape.width());
        ops.rmsNorm(finalResidualRD, weights.outputNorm(), shape.epsilon(), normRD);
        ops.multiplyTransposed(normRD, weights.output(), outRV);
    }

    private void requireBlock(int block) {
        if (block < 0 || block >= shape.blocks()) {
            throw new IllegalArgumentException(
                    "block " + block + ", where " + name + " has the blocks 0 to " + (shape.blocks() - 1));
        }
    }

    /** Frees the weights; the device stays open. */
    @Override
    public void close() {
        rotary.close();
        scratch.close();
        weights.close();
    }
}
