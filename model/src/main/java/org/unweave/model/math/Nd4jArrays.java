package org.unweave.model.math;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Matrices as arrays of ND4J's backend, for the time of one kernel. What is written is in the matrices, and what was made
 * is freed, when this is closed.
 */
final class Nd4jArrays implements AutoCloseable {
    /** Where the backend's arrays are. */
    enum Place {
        /** In the matrices' own memory; nothing is copied. */
        SHARED,
        /** In memory of the backend's, as a card's: copied there, and back. */
        COPIED
    }

    private record Written(Mat mat, INDArray array) {}

    private final Place place;
    private final List<INDArray> made = new ArrayList<>();
    private final List<Written> written = new ArrayList<>();

    Nd4jArrays(Place place) {
        this.place = place;
    }

    /** A matrix that is read. */
    INDArray of(Mat mat) {
        return switch (place) {
            case SHARED -> mat.array();
            case COPIED -> keep(Nd4j.create(mat.toArray(), new long[] {mat.rows(), mat.cols()}, 'c'));
        };
    }

    /** A matrix that is read and written. */
    INDArray changing(Mat mat) {
        INDArray array = of(mat);
        written.add(new Written(mat, array));
        return array;
    }

    /** A matrix that is written only, all of it. */
    INDArray into(Mat mat) {
        INDArray array = switch (place) {
            case SHARED -> mat.array();
            case COPIED -> keep(Nd4j.createUninitialized(DataType.FLOAT, mat.rows(), mat.cols()));
        };
        written.add(new Written(mat, array));
        return array;
    }

    /** Has an array that was made on the way freed at the end. */
    INDArray keep(INDArray array) {
        made.add(array);
        return array;
    }

    /** An array's elements, row by row. */
    float[] values(INDArray array) {
        return keep(array.dup('c')).data().asFloat();
    }

    @Override
    public void close() {
        if (place == Place.COPIED) {
            written.forEach(one -> one.mat().set(values(one.array())));
        }
        made.stream().filter(INDArray::closeable).forEach(INDArray::close);
    }
}
