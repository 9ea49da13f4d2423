package org.unweave.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.typesafe.config.ConfigFactory;
import java.io.NotSerializableException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.unweave.actors.Supervisor;
import org.unweave.actors.Wire;
import org.unweave.cluster.wire.WireSerializer;

/** Every message that may leave a JVM comes back as it was, is small, and does no harm when its bytes are damaged. */
class WireMessagesTest {
    private static final int MUTATIONS = 100_000;
    private static final long MOST_MEMORY = 4L << 20;

    private static ActorTestKit kit;
    private static WireSerializer serializer;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create(
                "wire", ConfigFactory.parseString("pekko.loglevel = ERROR").withFallback(ConfigFactory.load()));
        serializer = new WireSerializer((ExtendedActorSystem) Adapter.toClassic(kit.system()));
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    static List<Class<?>> messages() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("org.unweave").stream()
                        .filter(type -> type.isAssignableTo(Wire.class) && !type.isInterface())
                        .<Class<?>>map(JavaClass::reflect)
                        .toList();
    }

    @Test
    void messages_ofTheActors_areFound() {
        assertThat(messages()).hasSizeGreaterThan(20).contains(Supervisor.PauseJob.class, Supervisor.StopRun.class);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyMessage_comesBackAsItWas(Class<?> type) throws NotSerializableException {
        Random random = new Random(1);
        for (int i = 0; i < 20; i++) {
            Object message = example(type, random, 8);
            String manifest = serializer.manifest(message);
            ByteBuffer buffer = ByteBuffer.allocateDirect(WireSerializer.MOST_BYTES);
            serializer.toBinary(message, buffer);

            assertThat(serializer.fromBinary(serializer.toBinary(message), manifest))
                    .isEqualTo(message);
            assertThat(serializer.fromBinary(buffer.flip(), manifest)).isEqualTo(message);
        }
    }

    /** 64 jobs, 64 entries, texts of 300 letters: more than any run has. */
    @ParameterizedTest
    @MethodSource("messages")
    void everyMessage_ofALargeRun_isSmall(Class<?> type) {
        assertThat(serializer.toBinary(example(type, new Random(2), 64))).hasSizeLessThan(WireSerializer.MOST_BYTES);
    }

    @Test
    void tooLargeAMessage_isRefusedByName() {
        Supervisor.Answer large = new Supervisor.Answer(false, "x".repeat(WireSerializer.MOST_BYTES));

        assertThatThrownBy(() -> serializer.toBinary(large))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Supervisor.Answer.class.getName());
        assertThatThrownBy(() -> serializer.toBinary(large, ByteBuffer.allocate(4 * WireSerializer.MOST_BYTES)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Supervisor.Answer.class.getName());
    }

    @Test
    void unknownNumber_isRefused() {
        assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "9999"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("9999");
    }

    @Test
    void damagedBytes_areRefusedWithoutHarm() {
        Random random = new Random(3);
        List<Object> examples = new ArrayList<>();
        messages().forEach(type -> examples.add(example(type, random, 4)));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int refused = 0;
        long most = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            Object message = examples.get(random.nextInt(examples.size()));
            byte[] bytes = mutated(serializer.toBinary(message), random);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                serializer.fromBinary(bytes, serializer.manifest(message));
            } catch (NotSerializableException e) {
                refused++;
            }
            most = Math.max(most, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(refused).as("refused").isBetween(MUTATIONS / 20, MUTATIONS - 1);
        assertThat(most).as("memory taken by one of them").isLessThan(MOST_MEMORY);
    }

    private static byte[] mutated(byte[] bytes, Random random) {
        byte[] other = bytes.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && other.length > 0; i++) {
            int at = random.nextInt(other.length);
            switch (random.nextInt(4)) {
                case 0 -> other[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> other[at] = (byte) random.nextInt();
                case 2 -> other = Arrays.copyOf(other, at);
                // A length of up to 2^31 in four or five bytes.
                default -> Arrays.fill(other, at, Math.min(other.length, at + 4), (byte) 0xff);
            }
        }
        return random.nextInt(8) == 0 ? Arrays.copyOf(other, other.length + random.nextInt(16)) : other;
    }

    private static Object example(Class<?> type, Random random, int size) {
        if (type.isSealed()) {
            Class<?>[] permitted = type.getPermittedSubclasses();
            return example(permitted[random.nextInt(permitted.length)], random, size);
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
        }
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            boolean absent =
                    components[i].getAnnotatedType().isAnnotationPresent(Nullable.class) && random.nextBoolean();
            values[i] = absent ? null : value(components[i].getGenericType(), random, size);
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(Type type, Random random, int size) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == ActorRef.class) {
                return kit.createTestProbe().ref();
            }
            List<Object> values = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                values.add(value(arguments[arguments.length - 1], random, size));
            }
            if (generic.getRawType() == List.class) {
                return values;
            }
            Map<Object, Object> map = new HashMap<>();
            values.forEach(value -> map.put(text(random, size), value));
            return map;
        }
        return switch (((Class<?>) type).getSimpleName()) {
            case "String" -> text(random, size);
            case "int", "Integer" -> random.nextInt();
            case "long" -> random.nextLong();
            case "double", "Double" -> random.nextGaussian();
            case "boolean" -> random.nextBoolean();
            case "OptionalDouble" ->
                random.nextBoolean() ? OptionalDouble.empty() : OptionalDouble.of(random.nextDouble());
            default -> example((Class<?>) type, random, size);
        };
    }

    private static String text(Random random, int size) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(300, 5 * size); i++) {
            text.appendCodePoint(random.nextInt(20) == 0 ? 0x1F300 + random.nextInt(64) : 'a' + random.nextInt(26));
        }
        return text.toString();
    }
}
