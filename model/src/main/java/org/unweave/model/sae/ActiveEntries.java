package org.unweave.model.sae;

import org.unweave.model.math.Codes;

/** Gives the entries of codes other values, and drops those that become inactive. */
final class ActiveEntries {
    /** The value of an entry that is to go. */
    static final float INACTIVE = 0;

    /** The new value of an entry; it goes where that is not positive. */
    @FunctionalInterface
    interface Value {
        float of(int feature, float value);
    }

    private ActiveEntries() {}

    /** For codes that were just selected: nobody may have looked at them from the features' side. */
    static void revalue(Codes codes, Value rule) {
        int[] start = codes.rowStart();
        int[] feature = codes.feature();
        float[] value = codes.value();
        int kept = 0;
        int from = 0;
        for (int row = 0; row < codes.rows(); row++) {
            int to = start[row + 1];
            for (int j = from; j < to; j++) {
                float changed = rule.of(feature[j], value[j]);
                if (changed > INACTIVE) {
                    feature[kept] = feature[j];
                    value[kept] = changed;
                    kept++;
                }
            }
            from = to;
            start[row + 1] = kept;
        }
    }
}
