package org.unweave.model.sae.variant;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.unweave.model.math.Ops;
import org.unweave.model.sae.Sae;
import org.unweave.model.sae.SaeConfig;

/** The registered variants, one line each. */
public final class Variants {
    private record Variant(String description, BiFunction<SaeConfig, Ops, Sae> create) {}

    private static final Map<String, Variant> ALL = new LinkedHashMap<>();

    static {
        register("standard", "ReLU with an L1 penalty steered to a target L0", Standard::new);
        register("topk", "the k largest of each row, dead latents revived by AuxK", TopK::new);
        register("dynamic-margin", "topk, decoder rows pushed apart beyond a moving margin", DynamicMargin::new);
    }

    private Variants() {}

    private static void register(String name, String description, BiFunction<SaeConfig, Ops, Sae> create) {
        ALL.put(name, new Variant(description, create));
    }

    public static Set<String> names() {
        return ALL.keySet();
    }

    /** One line for people. */
    public static String description(String name) {
        return find(name).description();
    }

    /** An SAE of the job's variant, its weights still all zero. */
    public static Sae create(SaeConfig config, Ops ops) {
        return find(config.job().variant()).create().apply(config, ops);
    }

    private static Variant find(String name) {
        Variant variant = ALL.get(name);
        if (variant == null) {
            throw new IllegalArgumentException("no variant is named " + name + "; there are " + names());
        }
        return variant;
    }
}
