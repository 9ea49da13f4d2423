package org.unweave.model.format;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The formats of other programs that an SAE can be written in. */
public enum ExportFormat {
    SAELENS("saelens", "from sae_lens import SAE; sae = SAE.load_from_disk(\"%s\")");

    private final String word;
    private final String loading;

    ExportFormat(String word, String loading) {
        this.word = word;
        this.loading = loading;
    }

    /** Its name on the command line. */
    public String word() {
        return word;
    }

    /** The names of all. */
    public static List<String> words() {
        return Arrays.stream(values()).map(ExportFormat::word).toList();
    }

    public static Optional<ExportFormat> of(String word) {
        return Arrays.stream(values())
                .filter(format -> format.word.equals(word))
                .findFirst();
    }

    /** The line of the other program that loads a folder. */
    public String loading(Path folder) {
        return loading.formatted(folder.toString().replace("\\", "\\\\").replace("\"", "\\\""));
    }

    /**
     * Writes a folder, whole or not at all.
     *
     * @param replace whether an export that lies there is replaced
     * @throws org.unweave.model.checkpoint.CheckpointException if the format cannot say what the SAE does, if something
     *     else lies there, or if it cannot be written
     */
    public void write(Path folder, Export export, boolean replace) {
        switch (this) {
            case SAELENS -> SaeLensFormat.write(folder, export, replace);
        }
    }
}
