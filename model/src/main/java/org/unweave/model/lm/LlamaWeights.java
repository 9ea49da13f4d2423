package org.unweave.model.lm;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Team;

/**
 * The float32 weights of a llama, each block's turned from the file's format when it is first asked for.
 *
 * <p>Queries, keys and values are one matrix, and so are gate and up, since they share an input. The file holds the
 * rows of queries and keys so that rotary pairs are neighbours; here the pairs are the halves of a head, which leaves
 * every score as it is.
 */
final class LlamaWeights implements AutoCloseable {
    // Rows that a thread dequantises at once.
    private static final int ROWS = 64;
    private static final String[] BLOCK_TENSORS = {
        "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"
    };

    private final GgufFile file;
    private final LlamaShape shape;
    private final Team team;
    private final @Nullable Block[] blocks;
    private @Nullable Mat embedding;
    private @Nullable Mat output;
    private @Nullable Mat outputNorm;

    LlamaWeights(GgufFile file, LlamaShape shape, Team team) {
        this.file = file;
        this.shape = shape;
        this.team = team;
        this.blocks = new @Nullable Block[shape.blocks()];
        requireTensors();
    }

    /** The weights of one block; a norm's gain is one row. */
    record Block(Mat attentionNorm, Mat queryKeyValue, Mat attentionOutput, Mat feedNorm, Mat gateUp, Mat down) {
        void close() {
            attentionNorm.close();
            queryKeyValue.close();
            attentionOutput.close();
            feedNorm.close();
            gateUp.close();
            down.close();
        }
    }

    Block block(int index) {
        Block known = blocks[index];
        if (known == null) {
            known = read("blk." + index + ".");
            blocks[index] = known;
        }
        return known;
    }

    /** [V, D]. */
    Mat embedding() {
        if (embedding == null) {
            embedding = whole("token_embd.weight");
        }
        return embedding;
    }

    /** [V, D]; the embedding where the file has no matrix of its own for the output. */
    Mat output() {
        if (output == null) {
            output = file.find("output.weight") == null ? embedding() : whole("output.weight");
        }
        return output;
    }

    Mat outputNorm() {
        if (outputNorm == null) {
            outputNorm = file.read("output_norm.weight");
        }
        return outputNorm;
    }

    private Block read(String prefix) {
        int headWidth = shape.heads().width();
        int queryRows = shape.heads().query() * headWidth;
        int keyRows = shape.heads().keyValue() * headWidth;
        Mat queryKeyValue = Mat.zeros(queryRows + 2 * keyRows, shape.width());
        readHeads(prefix + "attn_q.weight", queryKeyValue, 0);
        readHeads(prefix + "attn_k.weight", queryKeyValue, queryRows);
        readRows(prefix + "attn_v.weight", queryKeyValue, queryRows + keyRows);
        Mat gateUp = Mat.zeros(2 * shape.hidden(), shape.width());
        readRows(prefix + "ffn_gate.weight", gateUp, 0);
        readRows(prefix + "ffn_up.weight", gateUp, shape.hidden());
        return new Block(
                file.read(prefix + "attn_norm.weight"),
                queryKeyValue,
                whole(prefix + "attn_output.weight"),
                file.read(prefix + "ffn_norm.weight"),
                gateUp,
                whole(prefix + "ffn_down.weight"));
    }

    private Mat whole(String name) {
        GgufTensor tensor = file.tensor(name);
        Mat mat = Mat.zeros((int) tensor.rows(), (int) tensor.columns());
        readRows(name, mat, 0);
        return mat;
    }

    private void readRows(String name, Mat out, int firstRow) {
        GgufTensor tensor = file.tensor(name);
        team.blocks(
                (int) tensor.rows(),
                ROWS,
                (from, to) -> file.read(tensor, from, to, out.memory(), (firstRow + (long) from) * out.cols()));
    }

    // Row 2 j + i of a head, i the part of pair j, goes to row j + i W / 2.
    private void readHeads(String name, Mat out, int firstRow) {
        GgufTensor tensor = file.tensor(name);
        int headWidth = shape.heads().width();
        team.blocks((int) tensor.rows(), ROWS, (from, to) -> {
            for (int row = from; row < to; row++) {
                int inHead = row % headWidth;
                int turned = row - inHead + inHead / 2 + inHead % 2 * (headWidth / 2);
                file.read(tensor, row, row + 1, out.memory(), (firstRow + (long) turned) * out.cols());
            }
        });
    }

    // A tensor that is not known, a bias for one, would change what the model computes, so it is refused.
    private void requireTensors() {
        Set<String> known = new HashSet<>();
        int width = shape.width();
        int queryRows = shape.heads().query() * shape.heads().width();
        int keyRows = shape.heads().keyValue() * shape.heads().width();
        require(known, "token_embd.weight", shape.vocabulary(), width);
        require(known, "output_norm.weight", 1, width);
        if (file.find("output.weight") != null) {
            require(known, "output.weight", shape.vocabulary(), width);
        }
        int[][] sizes = {
            {1, width},
            {queryRows, width},
            {keyRows, width},
            {keyRows, width},
            {width, queryRows},
            {1, width},
            {shape.hidden(), width},
            {shape.hidden(), width},
            {width, shape.hidden()}
        };
        for (int block = 0; block < shape.blocks(); block++) {
            for (int i = 0; i < BLOCK_TENSORS.length; i++) {
                require(known, "blk." + block + "." + BLOCK_TENSORS[i] + ".weight", sizes[i][0], sizes[i][1]);
            }
        }
        for (String name : file.tensorNames()) {
            if (!known.contains(name)) {
                throw new ModelFileException(
                        file.path(), "tensor " + name + " is no part of a model that can be run", "use another model");
            }
        }
    }

    private void require(Set<String> known, String name, int rows, int columns) {
        GgufTensor tensor = file.tensor(name);
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw new ModelFileException(
                    file.path(),
                    "tensor " + name + " is [" + tensor.rows() + ", " + tensor.columns()
                            + "], where the metadata ask for [" + rows + ", " + columns + "]",
                    GgufCursor.REMEDY);
        }
        known.add(name);
    }

    @Override
    public void close() {
        for (Block block : blocks) {
            if (block != null) {
                block.close();
            }
        }
        if (output != null && output != embedding) {
            output.close();
        }
        if (embedding != null) {
            embedding.close();
        }
        if (outputNorm != null) {
            outputNorm.close();
        }
        file.close();
    }
}
