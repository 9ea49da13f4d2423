package org.unweave.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.model.math.Mat;

/**
 * Messages are records or enums without arrays, and one that may leave the JVM carries no matrix and nothing that is
 * tied to its own actor.
 */
class ProtocolsTest {
    private static final List<Class<?>> ACTORS = List.of(
            ActivationFeed.class,
            CheckpointRouter.class,
            Evaluator.class,
            MetricsHub.class,
            Newsroom.class,
            NodeAgent.class,
            ResultLedger.class,
            RuleWatcher.class,
            Slots.class,
            Supervisor.class,
            Trainer.class);

    static Stream<Class<?>> protocols() {
        return ACTORS.stream()
                .flatMap(actor -> Stream.of(actor.getDeclaredClasses()))
                .filter(Class::isSealed);
    }

    static Stream<Class<?>> messages() {
        return protocols()
                .flatMap(protocol -> Stream.of(protocol.getPermittedSubclasses()))
                .filter(message -> !message.isSealed());
    }

    /** What an actor declares to be sent to others, answers included. */
    static Stream<Class<?>> wires() {
        return ACTORS.stream()
                .flatMap(actor -> Stream.of(actor.getDeclaredClasses()))
                .filter(type -> Wire.class.isAssignableFrom(type));
    }

    @Test
    void everyActor_hasASealedProtocol() {
        assertThat(ACTORS)
                .allSatisfy(actor -> assertThat(actor.getDeclaredClasses())
                        .anyMatch(type -> type.getSimpleName().equals("Command") && type.isSealed()));
        assertThat(messages()).hasSizeGreaterThan(35);
        assertThat(wires()).hasSizeGreaterThan(20);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void message_isARecordOrAnEnum(Class<?> message) {
        assertThat(message.isRecord() || message.isEnum()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void message_hasNoArray(Class<?> message) {
        assertThat(reached(message)).noneMatch(Class::isArray);
    }

    @ParameterizedTest
    @MethodSource("wires")
    void wire_isPublicAndReachesNoMatrixAndNoCode(Class<?> wire) {
        assertThat(wire).isPublic();
        assertThat(reached(wire))
                .noneMatch(Class::isArray)
                .doesNotContain(Mat.class)
                .allMatch(ProtocolsTest::canTravel);
    }

    private static boolean canTravel(Class<?> type) {
        return type.isPrimitive()
                || type.isRecord()
                || type.isEnum()
                || type.isSealed()
                || Set.of(
                                OptionalDouble.class,
                                String.class,
                                List.class,
                                java.util.Map.class,
                                Double.class,
                                Integer.class,
                                ActorRef.class)
                        .contains(type);
    }

    /** The types that a message is made of. What an actor's reference stands for is not part of it. */
    private static Set<Class<?>> reached(Class<?> message) {
        Set<Class<?>> seen = new HashSet<>();
        List<Type> left = new ArrayList<>(List.of(message));
        while (!left.isEmpty()) {
            Type type = left.removeLast();
            if (type instanceof ParameterizedType generic) {
                if (!generic.getRawType().equals(ActorRef.class)) {
                    left.addAll(List.of(generic.getActualTypeArguments()));
                }
                left.add(generic.getRawType());
            } else if (type instanceof WildcardType wildcard) {
                left.addAll(List.of(wildcard.getUpperBounds()));
            } else if (type instanceof Class<?> plain && seen.add(plain) && plain.isSealed()) {
                left.addAll(List.of(plain.getPermittedSubclasses()));
            } else if (type instanceof Class<?> plain && seen.add(plain) && plain.isRecord()) {
                for (RecordComponent component : plain.getRecordComponents()) {
                    left.add(component.getGenericType());
                }
            }
        }
        return seen;
    }
}
