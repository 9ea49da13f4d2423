package org.unweave.model.lm;

import org.unweave.model.math.Mat;
import org.unweave.model.math.TransformerOps;
import org.unweave.model.math.Workspace;

/** Rows that go through a block at once, without padding. Arrays are for reading only. */
interface Packed {
    int rows();

    int[] ids();

    /** The position of each row within its sequence. */
    int[] positions();

    /** Causal attention of each row to the rows before it in its sequence. */
    void attend(TransformerOps ops, Mat qkvRC, TransformerOps.Heads heads, Workspace scratch, Mat outRC);
}
