package org.unweave.cluster.wire;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Registration;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.jspecify.annotations.Nullable;

/**
 * Makes serializers of records and enums by their components. Kryo's own take the memory that a length asks for before
 * they look whether so many bytes are there; here no length is believed that the bytes cannot hold.
 */
final class WireValues {
    /** Writes and reads the values of one component. */
    private interface Value {
        void write(Kryo kryo, Output out, Object value);

        Object read(Kryo kryo, Input in);
    }

    private interface Reader {
        Object read(Input in);
    }

    private interface Writer<T> {
        void write(Output out, T value);
    }

    private final Supplier<ActorRefResolver> resolver;

    WireValues(Supplier<ActorRefResolver> resolver) {
        this.resolver = resolver;
    }

    /** Of a record or an enum. */
    Serializer<?> serializer(Class<?> type) {
        if (type.isRecord()) {
            return recordSerializer(type.asSubclass(Record.class));
        }
        if (type.isEnum()) {
            return serializer(enumValue(type));
        }
        throw new IllegalArgumentException(type.getName() + " is neither a record nor an enum");
    }

    private static Serializer<Object> serializer(Value value) {
        return new Serializer<>(false, true) {
            @Override
            public void write(Kryo kryo, Output out, Object object) {
                value.write(kryo, out, object);
            }

            @Override
            public Object read(Kryo kryo, Input in, Class<?> type) {
                return value.read(kryo, in);
            }
        };
    }

    private Serializer<Object> recordSerializer(Class<? extends Record> type) {
        RecordComponent[] components = type.getRecordComponents();
        Value[] values = new Value[components.length];
        for (int i = 0; i < values.length; i++) {
            Value value = value(components[i].getGenericType(), type.getSimpleName() + "." + components[i].getName());
            values[i] = components[i].getAnnotatedType().isAnnotationPresent(Nullable.class) ? nullable(value) : value;
            components[i].getAccessor().setAccessible(true);
        }
        Constructor<?> constructor = constructor(type, components);
        return serializer(new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object record) {
                for (int i = 0; i < values.length; i++) {
                    values[i].write(kryo, out, component(components[i], record));
                }
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                Object[] arguments = new Object[values.length];
                for (int i = 0; i < values.length; i++) {
                    arguments[i] = values[i].read(kryo, in);
                }
                try {
                    return constructor.newInstance(arguments);
                } catch (InvocationTargetException e) {
                    throw new KryoException("a " + type.getSimpleName() + " refuses its components", e.getCause());
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }

    private static Constructor<?> constructor(Class<?> type, RecordComponent[] components) {
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object component(RecordComponent component, Object record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private Value value(Type type, String name) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return list(value(arguments[0], name));
            }
            if (generic.getRawType() == Map.class && arguments[0] == String.class) {
                return map(value(arguments[1], name));
            }
            if (generic.getRawType() == ActorRef.class) {
                return actorRef();
            }
        }
        if (type == String.class) {
            return simple(WireValues::writeText, WireValues::readText, String.class);
        }
        if (type == int.class || type == Integer.class) {
            return simple((out, value) -> out.writeInt(value), Input::readInt, Integer.class);
        }
        if (type == long.class || type == Long.class) {
            return simple((out, value) -> out.writeLong(value), Input::readLong, Long.class);
        }
        if (type == double.class || type == Double.class) {
            return simple((out, value) -> out.writeDouble(value), Input::readDouble, Double.class);
        }
        if (type == boolean.class) {
            return simple((out, value) -> out.writeBoolean(value), WireValues::readFlag, Boolean.class);
        }
        if (type == OptionalDouble.class) {
            return optionalDouble();
        }
        if (type instanceof Class<?> part && part.isEnum()) {
            return enumValue(part);
        }
        if (type instanceof Class<?> part && part.isRecord()) {
            return part(part);
        }
        if (type instanceof Class<?> part && part.isSealed()) {
            return oneOf(part);
        }
        throw new IllegalArgumentException("a component of type " + type + " cannot be sent: " + name);
    }

    /** Of one of the messages that an interface permits, each written after its type's number. */
    private static Value oneOf(Class<?> type) {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object value) {
                kryo.writeClassAndObject(out, type.cast(value));
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                Registration registration = kryo.readClass(in);
                if (registration == null || !type.isAssignableFrom(registration.getType())) {
                    throw new KryoException("in place of a " + type.getSimpleName() + " there is " + registration);
                }
                return kryo.readObject(in, registration.getType());
            }
        };
    }

    private static <T> Value simple(Writer<T> writer, Reader reader, Class<T> type) {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object value) {
                writer.write(out, type.cast(value));
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                return reader.read(in);
            }
        };
    }

    // A record of another record; Kryo counts how deep they lie.
    private static Value part(Class<?> type) {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object value) {
                kryo.writeObject(out, value);
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                return kryo.readObject(in, type);
            }
        };
    }

    private static Value enumValue(Class<?> type) {
        Object[] constants = type.getEnumConstants();
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object value) {
                out.writeVarInt(((Enum<?>) value).ordinal(), true);
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                int ordinal = in.readVarInt(true);
                if (ordinal < 0 || ordinal >= constants.length) {
                    throw new KryoException(type.getSimpleName() + " has no constant " + ordinal);
                }
                return constants[ordinal];
            }
        };
    }

    private static Value nullable(Value value) {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, @Nullable Object object) {
                out.writeBoolean(object != null);
                if (object != null) {
                    value.write(kryo, out, object);
                }
            }

            @Override
            @SuppressWarnings("NullAway") // of components that may be null alone
            public @Nullable Object read(Kryo kryo, Input in) {
                return readFlag(in) ? value.read(kryo, in) : null;
            }
        };
    }

    private Value actorRef() {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object value) {
                writeText(out, resolver.get().toSerializationFormat((ActorRef<?>) value));
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                return resolver.get().resolveActorRef(readText(in));
            }
        };
    }

    private static Value optionalDouble() {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object value) {
                OptionalDouble optional = (OptionalDouble) value;
                out.writeBoolean(optional.isPresent());
                optional.ifPresent(out::writeDouble);
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                return readFlag(in) ? OptionalDouble.of(in.readDouble()) : OptionalDouble.empty();
            }
        };
    }

    private static Value list(Value element) {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object value) {
                List<?> list = (List<?>) value;
                out.writeVarInt(list.size(), true);
                list.forEach(one -> element.write(kryo, out, one));
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                int count = readCount(in);
                List<Object> list = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    list.add(element.read(kryo, in));
                }
                return List.copyOf(list);
            }
        };
    }

    private static Value map(Value value) {
        return new Value() {
            @Override
            public void write(Kryo kryo, Output out, Object object) {
                Map<?, ?> map = (Map<?, ?>) object;
                out.writeVarInt(map.size(), true);
                map.forEach((key, one) -> {
                    writeText(out, (String) key);
                    value.write(kryo, out, one);
                });
            }

            @Override
            public Object read(Kryo kryo, Input in) {
                int count = readCount(in);
                Map<Object, Object> map = new LinkedHashMap<>();
                for (int i = 0; i < count; i++) {
                    map.put(readText(in), value.read(kryo, in));
                }
                return Map.copyOf(map);
            }
        };
    }

    private static void writeText(Output out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeVarInt(bytes.length, true);
        out.writeBytes(bytes);
    }

    private static String readText(Input in) {
        return new String(in.readBytes(readCount(in)), StandardCharsets.UTF_8);
    }

    // Of things that take a byte each at least.
    private static int readCount(Input in) {
        int count = in.readVarInt(true);
        int left = in.limit() - in.position();
        if (count < 0 || count > left) {
            throw new KryoException(count + " are said to follow, but only " + left + " bytes are left");
        }
        return count;
    }

    private static boolean readFlag(Input in) {
        byte flag = in.readByte();
        if (flag != 0 && flag != 1) {
            throw new KryoException(flag + " is neither true nor false");
        }
        return flag == 1;
    }
}
