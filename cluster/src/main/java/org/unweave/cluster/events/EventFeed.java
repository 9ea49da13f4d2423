package org.unweave.cluster.events;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.unweave.actors.Meter;
import org.unweave.actors.MetricsHub;
import org.unweave.actors.Newsroom;

/**
 * Listens to the hubs of all nodes and to the supervisor's newsroom, wherever they are, and keeps what it hears for those who
 * ask this process over HTTP.
 *
 * <p>Spawned by each process that serves. What it missed it does not make up for, but how all stands it is told whenever a
 * hub or a newsroom is found.
 */
public final class EventFeed extends AbstractMatchingBehavior<EventFeed.Command> {
    public sealed interface Command {}

    private record Measured(MetricsHub.Measurement measurement) implements Command {}

    private record Heard(Newsroom.News news) implements Command {}

    private record Hubs(Receptionist.Listing listing) implements Command {}

    private record Newsrooms(Receptionist.Listing listing) implements Command {}

    private final EventRing ring;
    private final ClusterState state;
    private final ActorRef<MetricsHub.Measurement> measured;
    private final ActorRef<Newsroom.News> heard;

    private EventFeed(ActorContext<Command> context, EventRing ring, ClusterState state) {
        super(context);
        this.ring = ring;
        this.state = state;
        this.measured = context.messageAdapter(MetricsHub.Measurement.class, Measured::new);
        this.heard = context.messageAdapter(Newsroom.News.class, Heard::new);
        ActorRef<Receptionist.Listing> found = context.messageAdapter(Receptionist.Listing.class, EventFeed::listing);
        ActorRef<Receptionist.Command> receptionist = context.getSystem().receptionist();
        receptionist.tell(Receptionist.subscribe(MetricsHub.HUBS, found));
        receptionist.tell(Receptionist.subscribe(Newsroom.NEWSROOMS, found));
    }

    private static Command listing(Receptionist.Listing listing) {
        return listing.isForKey(MetricsHub.HUBS) ? new Hubs(listing) : new Newsrooms(listing);
    }

    /** What it hears goes to these. */
    public static Behavior<Command> create(EventRing ring, ClusterState state) {
        return Meter.ofProcess().around(Behaviors.setup(context -> new EventFeed(context, ring, state)));
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        switch (message) {
            case Measured one -> onMeasured(one.measurement());
            case Heard one -> onHeard(one.news());
            // Who has subscribed already is not told twice.
            case Hubs hubs ->
                hubs.listing()
                        .getServiceInstances(MetricsHub.HUBS)
                        .forEach(hub -> hub.tell(new MetricsHub.Subscribe(measured)));
            case Newsrooms newsrooms ->
                newsrooms
                        .listing()
                        .getServiceInstances(Newsroom.NEWSROOMS)
                        .forEach(newsroom -> newsroom.tell(new Newsroom.Subscribe(heard)));
        }
        return this;
    }

    private void onMeasured(MetricsHub.Measurement measurement) {
        switch (measurement) {
            case MetricsHub.JobMetrics line -> {
                state.hear(line);
                add(Event.Kind.METRICS, line.run(), EventJson.metrics(line));
            }
            case MetricsHub.JobTold told -> add(Event.Kind.TOLD, told.run(), EventJson.told(told));
            case MetricsHub.NodeMetrics node -> {
                state.hear(node);
                add(Event.Kind.NODE, "", EventJson.node(node));
            }
        }
    }

    private void onHeard(Newsroom.News news) {
        switch (news) {
            case Newsroom.RunChanged changed -> add(Event.Kind.RUN, changed.run(), EventJson.run(changed));
            case Newsroom.JobChanged changed -> {
                state.hear(changed.run(), changed.standing(), changed.node());
                add(Event.Kind.JOB, changed.run(), EventJson.job(changed));
            }
            case Newsroom.JobPlaced placed -> add(Event.Kind.PLACED, placed.run(), EventJson.placed(placed));
            case Newsroom.CheckpointKept kept -> add(Event.Kind.CHECKPOINT, kept.run(), EventJson.checkpoint(kept));
            case Newsroom.Evaluated evaluated ->
                add(Event.Kind.EVALUATED, evaluated.judged().run(), EventJson.evaluated(evaluated.judged()));
            case Newsroom.NodeJoined joined -> add(Event.Kind.NODE_JOINED, "", EventJson.nodeName(joined.node()));
            case Newsroom.NodeLost lost -> {
                state.lose(lost.node());
                add(Event.Kind.NODE_LOST, "", EventJson.nodeName(lost.node()));
            }
        }
    }

    private void add(Event.Kind kind, String run, ObjectNode json) {
        ring.add(kind, run, EventJson.text(json));
    }
}
