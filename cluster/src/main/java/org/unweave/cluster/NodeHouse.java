package org.unweave.cluster;

import com.typesafe.config.ConfigUtil;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unweave.actors.RunHouse;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;

/** The runs' folders of a node, which the nodes share. The supervisor's process locks those that it works on. */
final class NodeHouse implements RunHouse {
    private final Path runsFolder;
    private final Path cache;
    private final Map<String, RunFolder> opened = new HashMap<>();

    NodeHouse(Path runsFolder, Path cache) {
        this.runsFolder = runsFolder;
        this.cache = cache;
    }

    /** Whatever folders a config names, runs and caches of a node lie in its own. */
    @Override
    public RunConfig read(String config) {
        return ConfigReader.readResolvedText(
                config,
                "the submitted config",
                List.of(
                        "runs-folder=" + ConfigUtil.quoteString(runsFolder.toString()),
                        "cache=" + ConfigUtil.quoteString(cache.toString())));
    }

    @Override
    public void open(RunConfig run) {
        if (opened.containsKey(run.name())) {
            return;
        }
        RunFolder folder = Files.exists(run.folder().resolve(RunFolder.CONFIG))
                ? RunFolder.resume(RunFolder.configOf(run.name(), runsFolder, List.of()), run)
                : RunFolder.create(run);
        opened.put(run.name(), folder);
    }

    @Override
    public void close(RunConfig run) {
        RunFolder folder = opened.remove(run.name());
        if (folder != null) {
            folder.close();
        }
    }
}
