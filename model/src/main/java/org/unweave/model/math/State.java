package org.unweave.model.math;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named arrays that together are a state: matrices in float32, counters in int64, statistics in float64, records in bytes.
 *
 * <p>What is put in is not copied: the state is written before its owner goes on.
 */
public final class State {
    /** Something whose state can be put into a {@link State} and taken back, bit for bit. */
    public interface Holder {
        void save(State state);

        void load(State state);
    }

    private final Map<String, Object> arrays = new LinkedHashMap<>();

    public void put(String name, Mat value) {
        add(name, value);
    }

    public void put(String name, long... value) {
        add(name, value);
    }

    public void put(String name, double... value) {
        add(name, value);
    }

    public void put(String name, byte[] value) {
        add(name, value);
    }

    private void add(String name, Object value) {
        if (arrays.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("two arrays named " + name);
        }
    }

    /** The arrays in the order they were put in: {@link Mat}, {@code long[]}, {@code double[]} or {@code byte[]}. */
    public Map<String, Object> arrays() {
        return Collections.unmodifiableMap(arrays);
    }

    /** Overwrites a matrix with the one of this name, whose shape must be the same. */
    public void read(String name, Mat into) {
        Mat value = get(name, Mat.class);
        if (value.rows() != into.rows() || value.cols() != into.cols()) {
            throw new MismatchException(name + " is " + value + ", but " + into + " is wanted");
        }
        into.copyFrom(value);
    }

    /** The counters of this name, of which there must be {@code length}. */
    public long[] longs(String name, int length) {
        long[] value = get(name, long[].class);
        if (value.length != length) {
            throw new MismatchException(name + " has " + value.length + " elements, but " + length + " are wanted");
        }
        return value.clone();
    }

    /** The statistics of this name, of which there must be {@code length}. */
    public double[] doubles(String name, int length) {
        double[] value = get(name, double[].class);
        if (value.length != length) {
            throw new MismatchException(name + " has " + value.length + " elements, but " + length + " are wanted");
        }
        return value.clone();
    }

    /** Whether there is an array of this name. */
    public boolean has(String name) {
        return arrays.containsKey(name);
    }

    /** The bytes of this name, of any number. */
    public byte[] bytes(String name) {
        return get(name, byte[].class).clone();
    }

    private <T> T get(String name, Class<T> type) {
        Object value = arrays.get(name);
        if (value == null) {
            throw new MismatchException("there is no array named " + name + "; there are " + arrays.keySet());
        }
        if (!type.isInstance(value)) {
            throw new MismatchException(name + " is not of type " + type.getSimpleName());
        }
        return type.cast(value);
    }

    /** Frees the matrices; for a state that was read from a file. */
    public void close() {
        for (Object value : arrays.values()) {
            if (value instanceof Mat mat) {
                mat.close();
            }
        }
    }

    /** A state lacks what is asked of it, or has it in another shape. */
    public static final class MismatchException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        public MismatchException(String message) {
            super(message);
        }
    }
}
