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
    private record Variant(String description, String source, BiFunction<SaeConfig, Ops, Sae> create) {}

    private static final Map<String, Variant> ALL = new LinkedHashMap<>();

    static {
        register("standard", "ReLU with an L1 penalty", "Bricken et al. 2023", Standard::new);
        register(
                "standard-april",
                "ReLU, the penalty weighed by free decoder norms",
                "Anthropic, April 2024",
                StandardApril::new);
        register("topk", "the k largest of each row, AuxK for the dead", "Gao et al. 2024, 2406.04093", TopK::new);
        register(
                "batch-topk",
                "the k B largest of a batch, AuxK for the dead",
                "Bussmann et al. 2024, 2412.06410",
                BatchTopK::new);
        register(
                "jump-relu",
                "what is above a learned threshold a latent",
                "Rajamanoharan et al. 2024, 2407.14435",
                JumpRelu::new);
        register(
                "gated",
                "a gate for whether, a second bias for how much",
                "Rajamanoharan et al. 2024, 2404.16014",
                Gated::new);
        register(
                "p-anneal",
                "standard, the penalty's exponent falling from 1",
                "Karvonen et al. 2024, 2408.00113",
                PAnneal::new);
        register(
                "matryoshka",
                "batch-topk in nested groups that reconstruct alone",
                "Bussmann et al. 2025, 2503.17547",
                Matryoshka::new);
        register("baseline", "run 0: topk, none of the others' mechanisms", "this project", Baseline::new);
        register(
                "dynamic-margin",
                "run 1: decoder rows pushed apart beyond a moving margin",
                "this project",
                DynamicMargin::new);
        register(
                "attribution-adversarial",
                "run 2: run 1, codes trained against a probe of a label",
                "this project",
                AttributionAdversarial::new);
        register(
                "contrastive",
                "run 3: run 2, codes of one main label drawn together",
                "this project",
                Contrastive::new);
        register(
                "self-aligned",
                "matryoshka, run 3's terms, the telling latents spared",
                "this project",
                SelfAligned::new);
    }

    private Variants() {}

    private static void register(
            String name, String description, String source, BiFunction<SaeConfig, Ops, Sae> create) {
        ALL.put(name, new Variant(description, source, create));
    }

    public static Set<String> names() {
        return ALL.keySet();
    }

    /** One line for people. */
    public static String description(String name) {
        return find(name).description();
    }

    /** Who described it first, and where. */
    public static String source(String name) {
        return find(name).source();
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
