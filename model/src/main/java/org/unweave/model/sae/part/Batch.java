package org.unweave.model.sae.part;

import java.util.function.Consumer;
import org.unweave.model.LabelledTexts;
import org.unweave.model.math.Codes;

/** A batch as a whole, whose codes may be there a block of rows at a time only. */
public interface Batch {
    /** B. */
    int rows();

    /** Mean number of active latents a row. */
    double l0();

    /** Whether the codes of all rows are there at once. */
    boolean inOnePiece();

    /** Which of its rows are of labelled texts. */
    default LabelledTexts texts() {
        return LabelledTexts.NONE;
    }

    /** Shows the codes of the batch, block by block in order of the rows; each are gone when the next come. */
    void eachCodes(Consumer<Codes> look);

    /** A batch whose codes are there in one piece. */
    static Batch of(Codes codes) {
        return new Batch() {
            @Override
            public int rows() {
                return codes.rows();
            }

            @Override
            public double l0() {
                return codes.l0();
            }

            @Override
            public boolean inOnePiece() {
                return true;
            }

            @Override
            public void eachCodes(Consumer<Codes> look) {
                look.accept(codes);
            }
        };
    }
}
