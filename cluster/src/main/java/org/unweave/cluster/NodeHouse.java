package org.unweave.cluster;

import com.typesafe.config.ConfigUtil;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.unweave.actors.Happening;
import org.unweave.actors.RunHouse;
import org.unweave.config.ConfigReader;
import org.unweave.config.RunConfig;

/** The runs' folders of a node, which the nodes share. The supervisor's process locks those that it works on. */
final class NodeHouse implements RunHouse {
    private final Path runsFolder;
    private final Path cache;
    private final boolean mayHook;
    private final RunHooks hooks = new RunHooks();
    private final Map<String, RunFolder> opened = new HashMap<>();

    /** @param mayHook whether runs may have programs run and addresses called here */
    NodeHouse(Path runsFolder, Path cache, boolean mayHook) {
        this.mayHook = mayHook;
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
    public void admit(RunConfig run) {
        if (run.hooks().any() && !mayHook) {
            throw new RunException(
                    "the run has hooks, and the supervisor's node runs none; start the nodes with the role"
                            + " supervisor with --hooks, or leave hooks.on empty");
        }
    }

    @Override
    public void happened(RunConfig run, Happening happening) {
        if (mayHook) {
            hooks.tell(run.hooks(), happening);
        }
    }

    @Override
    public void check(RunConfig amended) {
        RunInputs.requireJobs(amended);
        RunFolder folder = opened.get(amended.name());
        if (folder == null) {
            throw new RunException(
                    "the folder of run " + amended.name() + " is not open on the supervisor's node; its log says why");
        }
        folder.requireRoomFor(amended);
    }

    @Override
    public void amend(RunConfig amended) {
        RunFolder folder = opened.get(amended.name());
        if (folder != null) {
            folder.amend(amended);
        }
    }

    @Override
    public void close(RunConfig run) {
        RunFolder folder = opened.remove(run.name());
        if (folder != null) {
            folder.close();
        }
    }
}
