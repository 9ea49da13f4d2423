package org.unweave.actors;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.unweave.model.train.JobFolder;

/**
 * Tells who subscribed what becomes of runs, jobs and nodes, once it is in the journal. Losing something is harmless: how
 * all stands is told whenever somebody subscribes.
 *
 * <p>Spawned by the {@link Supervisor}, and found by all nodes while that is the one.
 */
public final class Newsroom extends AbstractMatchingBehavior<Newsroom.Command> {
    /** The newsroom of the present supervisor is registered under this key. */
    public static final ServiceKey<Command> NEWSROOMS = ServiceKey.create(Command.class, "unweave-news");

    /** Of how many runs, jobs and nodes the last is kept. */
    private static final int MOST_KEPT = 4096;

    public sealed interface Command {}

    /** Tells something to all who subscribed. */
    record Publish(News news) implements Command {}

    /** Sends what becomes known from now on, and at once how all stands. */
    public record Subscribe(ActorRef<News> subscriber) implements Command, Wire {}

    private record SubscriberGone(ActorRef<News> subscriber) implements Command {}

    /** Something that has become so. */
    public sealed interface News {}

    /** A run stands otherwise than before; {@code state} is as {@link Supervisor.Status} has it. */
    public record RunChanged(String run, String state) implements News, Wire {}

    /**
     * A job stands otherwise than before.
     *
     * @param node where it is trained, by the node's name; empty where it is not
     */
    public record JobChanged(String run, JobFolder.Standing standing, String node) implements News, Wire {}

    /** A job was given to a node. */
    public record JobPlaced(String run, String job, int epoch, String node) implements News, Wire {}

    /** A job's checkpoint is on the disk. */
    public record CheckpointKept(String run, String job, long step, String sha256, long sizeBytes)
            implements News, Wire {}

    /** A checkpoint, or a control, is judged. */
    public record Evaluated(ResultLedger.Judged judged) implements News, Wire {}

    /** A node has joined. */
    public record NodeJoined(String node) implements News, Wire {}

    /** A node is lost, or has left. */
    public record NodeLost(String node) implements News, Wire {}

    private final Map<Object, News> standing = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, News> eldest) {
            return size() > MOST_KEPT;
        }
    };
    private final Set<ActorRef<News>> subscribers = new HashSet<>();

    private Newsroom(ActorContext<Command> context) {
        super(context);
    }

    public static Behavior<Command> create() {
        return Meter.ofProcess().around(Behaviors.setup(Newsroom::new));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        switch (message) {
            case Publish published -> onPublish(published.news());
            case Subscribe subscribe -> onSubscribe(subscribe.subscriber());
            case SubscriberGone gone -> subscribers.remove(gone.subscriber());
        }
        return this;
    }

    private void onPublish(News news) {
        switch (news) {
            case RunChanged changed -> standing.put(List.of(changed.run()), news);
            case JobChanged changed ->
                standing.put(List.of(changed.run(), changed.standing().job()), news);
            case NodeJoined joined -> standing.put(joined, news);
            case NodeLost lost -> standing.remove(new NodeJoined(lost.node()));
            case JobPlaced placed -> {}
            case CheckpointKept kept -> {}
            case Evaluated evaluated -> {}
        }
        subscribers.forEach(subscriber -> subscriber.tell(news));
    }

    private void onSubscribe(ActorRef<News> subscriber) {
        if (subscribers.add(subscriber)) {
            getContext().watchWith(subscriber, new SubscriberGone(subscriber));
            standing.values().forEach(subscriber::tell);
        }
    }

    /** What there is to tell of an entry, once it is in the journal; how a job stands is told apart from it. */
    static List<News> of(JournalEntry entry, RunTable table, Fleet fleet) {
        List<News> news = new ArrayList<>();
        switch (entry) {
            case JournalEntry.TermBegun begun ->
                table.active().forEach(run -> {
                    news.add(new RunChanged(run.name(), Fleet.state(run)));
                    run.jobs().forEach(job -> news.add(changed(job, fleet)));
                });
            case JournalEntry.RunSubmitted submitted -> news.add(stateOf(table, submitted.run()));
            case JournalEntry.StopWanted wanted -> news.add(stateOf(table, wanted.run()));
            case JournalEntry.RunOver over -> news.add(stateOf(table, over.run()));
            case JournalEntry.JobPlaced placed ->
                news.add(new JobPlaced(placed.run(), placed.job(), placed.epoch(), fleet.name(placed.node())));
            case JournalEntry.CheckpointKept kept ->
                news.add(new CheckpointKept(
                        kept.run(),
                        kept.job(),
                        kept.ref().step(),
                        kept.ref().sha256(),
                        kept.ref().sizeBytes()));
            default -> {
                // What becomes of a job is told when it is stored.
            }
        }
        return news;
    }

    static JobChanged changed(RunTable.Job job, Fleet fleet) {
        return new JobChanged(
                job.run().name(),
                fleet.standing(job),
                job.phase() == RunTable.Phase.RUNNING ? fleet.name(job.node()) : "");
    }

    private static RunChanged stateOf(RunTable table, String run) {
        return new RunChanged(run, Fleet.state(Objects.requireNonNull(table.run(run))));
    }
}
