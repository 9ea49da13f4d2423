package org.unweave.model.sae;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.unweave.model.math.Mat;
import org.unweave.model.math.State;
import org.unweave.model.sae.part.Params;

/** States in tests: copies that outlive their owner's next step, changed entries, and comparison by bits. */
public final class States {
    private States() {}

    /** A copy of the holder's state. */
    public static State of(State.Holder holder) {
        return with(holder, Map.of());
    }

    /** A copy of the holder's state, some entries of which are replaced. */
    public static State with(State.Holder holder, Map<String, ?> replacements) {
        State state = new State();
        holder.save(state);
        assertThat(state.arrays().keySet()).containsAll(replacements.keySet());
        State copy = new State();
        state.arrays().forEach((name, value) -> {
            @SuppressWarnings("NullAway") // the key is in the map, whose values are not null
            Object replaced = replacements.containsKey(name) ? replacements.get(name) : value;
            put(copy, name, Objects.requireNonNull(replaced));
        });
        return copy;
    }

    private static void put(State state, String name, Object value) {
        switch (value) {
            case Mat mat -> state.put(name, mat.copy());
            case long[] longs -> state.put(name, longs.clone());
            case double[] doubles -> state.put(name, doubles.clone());
            case byte[] bytes -> state.put(name, bytes.clone());
            default -> throw new IllegalArgumentException(name + " is a " + value.getClass());
        }
    }

    /** One matrix of a state. */
    public static Mat mat(State state, String name) {
        return (Mat) Objects.requireNonNull(state.arrays().get(name), name);
    }

    /** The same entries with the same bits. */
    public static void assertSameBits(State got, State wanted) {
        assertThat(differences(got, wanted)).as("entries that differ").isEmpty();
    }

    /** The names of the entries that one of the two lacks, or whose bits are not the same. */
    public static Set<String> differences(State a, State b) {
        Set<String> names = new HashSet<>(a.arrays().keySet());
        names.addAll(b.arrays().keySet());
        names.removeIf(name -> sameBits(a.arrays().get(name), b.arrays().get(name)));
        return names;
    }

    private static boolean sameBits(@Nullable Object a, @Nullable Object b) {
        return switch (a) {
            case Mat mat -> b instanceof Mat other && mat.memory().mismatch(other.memory()) == -1;
            case long[] longs -> b instanceof long[] other && Arrays.equals(longs, other);
            case double[] doubles -> b instanceof double[] other && Arrays.equals(doubles, other);
            case byte[] bytes -> b instanceof byte[] other && Arrays.equals(bytes, other);
            case null, default -> false;
        };
    }

    /** Overwrites the holder's weights. */
    public static void setParams(State.Holder holder, Params params, Map<String, ?> others) {
        Map<String, Object> replacements = new HashMap<>(others);
        for (int i = 0; i < params.names().size(); i++) {
            replacements.put(params.names().get(i), params.all().get(i));
        }
        holder.load(with(holder, replacements));
    }
}
