package org.unweave.model.sae;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.unweave.model.math.State;

/**
 * What the terms that act on labelled texts came to when there were some last: shown with the batches between, in which
 * these terms are 0, so that their curves do not fall to 0 and back.
 */
final class LastLabelled implements State.Holder {
    private static final String VALUE = "labelled.value.";
    private static final String SHARE = "labelled.share.";

    private final Map<String, Double> values = new TreeMap<>();
    private final Map<String, Double> shares = new TreeMap<>();

    /** Remembers those of a batch with labelled texts; shares only where they were measured. */
    void keep(List<String> names, Map<String, Double> newValues, Map<String, Double> newShares) {
        for (String name : names) {
            values.put(name, newValues.getOrDefault(name, 0.0));
            Double share = newShares.get(name);
            if (share != null) {
                shares.put(name, share);
            }
        }
    }

    /** Puts what is remembered in the place of a batch's without. */
    void fill(List<String> names, Map<String, Double> intoValues, Map<String, Double> intoShares) {
        for (String name : names) {
            intoValues.put(name, values.getOrDefault(name, 0.0));
            if (intoShares.containsKey(name)) {
                intoShares.put(name, shares.getOrDefault(name, 0.0));
            }
        }
    }

    @Override
    public void save(State state) {
        values.forEach((name, value) -> state.put(VALUE + name, value));
        shares.forEach((name, share) -> state.put(SHARE + name, share));
    }

    @Override
    public void load(State state) {
        load(state, VALUE, values);
        load(state, SHARE, shares);
    }

    private static void load(State state, String prefix, Map<String, Double> into) {
        into.clear();
        for (String name : state.arrays().keySet()) {
            if (name.startsWith(prefix)) {
                into.put(name.substring(prefix.length()), state.doubles(name, 1)[0]);
            }
        }
    }
}
