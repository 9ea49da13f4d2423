package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.unweave.actors.ActivationFeed;
import org.unweave.actors.ResultLedger;
import org.unweave.actors.Slots;
import org.unweave.actors.Supervisor;
import org.unweave.actors.Trainer;
import org.unweave.actors.Wire;
import org.unweave.model.math.Mat;

/** Pins the form of the actors' messages: values without behaviour, and nothing that may travel holds a matrix. */
class ProtocolsTest {
    private static final Set<String> ROOTS = Set.of("Command", "Event");

    @Test
    void messages_ofEveryProtocol_areRecordsOrEnums() {
        List<Class<?>> roots = types().filter(type -> type.isInterface() && ROOTS.contains(type.getSimpleName()))
                .toList();
        assertThat(roots).contains(Trainer.Command.class, Trainer.Event.class, Supervisor.Command.class);
        for (Class<?> root : roots) {
            assertThat(root.isSealed()).as(root.getName()).isTrue();
            assertThat(messages(root))
                    .as(root.getName())
                    .isNotEmpty()
                    .allMatch(type -> type.isRecord() || type.isEnum());
        }
    }

    @Test
    void wireTypes_areRecordsOrEnums() {
        assertThat(wireTypes())
                .hasSizeGreaterThan(20)
                .contains(Trainer.Pause.class, Trainer.CheckpointWritten.class, ResultLedger.Judged.class)
                .allMatch(type -> type.isRecord() || type.isEnum());
    }

    @Test
    void wireRecords_reachNoMatrix() {
        for (Class<?> type : wireTypes()) {
            assertThat(reachable(type)).as(type.getName()).doesNotContain(Mat.class);
        }
        assertThat(reachable(ActivationFeed.BatchReady.class))
                .as("the walk finds a matrix where there is one")
                .contains(Mat.class);
    }

    @Test
    void wireRecords_holdNoArray() {
        for (Class<?> type : wireTypes()) {
            assertThat(reachable(type)).as(type.getName()).noneMatch(Class::isArray);
        }
    }

    @Test
    void leases_stayInTheirProcess() {
        assertThat(Wire.class.isAssignableFrom(Slots.Lease.class)).isFalse();
        assertThat(Wire.class.isAssignableFrom(ActivationFeed.BatchReady.class)).isFalse();
    }

    private static Stream<Class<?>> messages(Class<?> root) {
        return Arrays.stream(root.getPermittedSubclasses())
                .flatMap(type -> type.isSealed() && type.isInterface() ? messages(type) : Stream.of(type));
    }

    private static List<Class<?>> wireTypes() {
        return types().filter(type -> Wire.class.isAssignableFrom(type) && type != Wire.class)
                .toList();
    }

    private static Stream<Class<?>> types() {
        return new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.unweave.actors", "org.unweave.cluster")
                        .stream()
                        .map(JavaClass::reflect);
    }

    /** The types that a record's components hold, at any depth. What an actor's address may be sent is not held. */
    private static Set<Class<?>> reachable(Class<?> record) {
        Set<Class<?>> found = new LinkedHashSet<>();
        Deque<Type> open = new ArrayDeque<>(List.of(record));
        while (!open.isEmpty()) {
            Type type = open.remove();
            if (type instanceof ParameterizedType generic) {
                if (generic.getRawType() != ActorRef.class) {
                    open.add(generic.getRawType());
                    open.addAll(List.of(generic.getActualTypeArguments()));
                }
            } else if (type instanceof WildcardType wildcard) {
                open.addAll(List.of(wildcard.getUpperBounds()));
            } else if (type instanceof Class<?> held && found.add(held) && held.isRecord()) {
                for (RecordComponent component : held.getRecordComponents()) {
                    open.add(component.getGenericType());
                }
            }
        }
        return found;
    }
}
