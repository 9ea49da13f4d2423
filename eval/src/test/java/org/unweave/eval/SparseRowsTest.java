package org.unweave.eval;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Rows are sums of what was added, whatever the order of columns, and empty rows are rows. */
class SparseRowsTest {

    @Test
    void builder_columnsInAnyOrder_sumsThem() {
        SparseRows.Builder builder = new SparseRows.Builder(5, 1);
        builder.add(4, 2);
        builder.add(1, 1);
        builder.add(4, 4);
        builder.endRow(0.5f);
        builder.endRow(1);
        builder.add(0, 3);
        builder.add(2, 1);
        builder.add(2, -1);
        builder.endRow(1);

        SparseRows rows = builder.build();

        assertThat(rows.rows()).isEqualTo(3);
        assertThat(rows.dense(new int[] {0, 1, 2}, new int[] {0, 1, 4})).containsExactly(0, 0.5, 3, 0, 0, 0, 3, 0, 0);
        assertThat(rows.end(2) - rows.start(2)).isEqualTo(1);
        assertThat(rows.dot(0, new double[] {9, 2, 9, 9, 1})).isEqualTo(4);
    }

    @Test
    void builder_moreRowsAndColumnsThanExpected_growsAndKeepsAll() {
        SparseRows.Builder builder = new SparseRows.Builder(500, 2);
        for (int row = 0; row < 50; row++) {
            for (int i = 0; i < 500; i++) {
                builder.add((i * 7) % 500, row + 1);
            }
            builder.endRow(1);
        }

        SparseRows rows = builder.build();

        assertThat(rows.rows()).isEqualTo(50);
        for (int row = 0; row < 50; row++) {
            assertThat(rows.end(row) - rows.start(row)).isEqualTo(500);
            assertThat(rows.get(row, 499)).isEqualTo(row + 1);
        }
    }
}
