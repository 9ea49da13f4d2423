package org.unweave.model.sae;

import org.unweave.model.math.Codes;

/** Codes written down as whole rows. */
public final class DenseCodes {
    private DenseCodes() {}

    /** An entry for each number that is not 0. */
    public static Codes of(float[]... rows) {
        Codes codes = new Codes(rows[0].length);
        codes.reset(rows.length, rows.length * rows[0].length);
        int at = 0;
        for (int row = 0; row < rows.length; row++) {
            for (int feature = 0; feature < rows[row].length; feature++) {
                if (rows[row][feature] != 0) {
                    codes.feature()[at] = feature;
                    codes.value()[at++] = rows[row][feature];
                }
            }
            codes.rowStart()[row + 1] = at;
        }
        return codes;
    }

    /** One row. */
    public static Codes row(float... row) {
        return of(row);
    }
}
