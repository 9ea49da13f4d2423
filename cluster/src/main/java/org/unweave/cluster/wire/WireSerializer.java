package org.unweave.cluster.wire;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.ByteBufferInput;
import com.esotericsoftware.kryo.io.ByteBufferOutput;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.KryoBufferOverflowException;
import com.esotericsoftware.kryo.io.Output;
import com.esotericsoftware.kryo.util.Pool;
import java.io.NotSerializableException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.ByteBufferSerializer;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.jspecify.annotations.Nullable;

/**
 * Pekko's serializer of all {@link org.unweave.actors.Wire} messages. The manifest is the type's number.
 *
 * <p>Whatever is wrong with bytes that came is a {@link NotSerializableException}, at which Pekko drops the one message.
 * What is sent and larger than {@link #MOST_BYTES} is refused by its name: Pekko itself would drop it with a line in the
 * log.
 */
public final class WireSerializer extends SerializerWithStringManifest implements ByteBufferSerializer {
    /** A message's size at most; Pekko's frame has 256 KiB and holds its own envelope too. */
    public static final int MOST_BYTES = 224 * 1024;

    private static final int IDENTIFIER = 8_558;
    private static final int FIRST_BYTES = 512;

    private static final Map<String, Class<?>> TYPES = new HashMap<>();
    private static final Map<Class<?>, String> MANIFESTS = new HashMap<>();

    static {
        WireTypes.all().forEach((number, type) -> {
            TYPES.put(Integer.toString(number), type);
            MANIFESTS.put(type, Integer.toString(number));
        });
    }

    private final ExtendedActorSystem system;
    private final Pool<Kryo> kryos;
    private volatile @Nullable ActorRefResolver resolver;

    /** By Pekko, which makes it of the configuration. */
    public WireSerializer(ExtendedActorSystem system) {
        this.system = system;
        this.kryos = new Pool<>(true, true, 16) {
            @Override
            protected Kryo create() {
                return kryo();
            }
        };
    }

    private Kryo kryo() {
        Kryo kryo = new Kryo();
        kryo.setRegistrationRequired(true);
        kryo.setReferences(false);
        kryo.setMaxDepth(8);
        WireValues values = new WireValues(this::resolver);
        WireTypes.all().forEach((number, type) -> kryo.register(type, values.serializer(type), number));
        return kryo;
    }

    // Not there yet while the system starts, of which this is a part.
    private ActorRefResolver resolver() {
        ActorRefResolver known = resolver;
        if (known == null) {
            known = ActorRefResolver.get(Adapter.toTyped(system));
            resolver = known;
        }
        return known;
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object message) {
        String manifest = MANIFESTS.get(message.getClass());
        if (manifest == null) {
            throw new IllegalArgumentException(message.getClass().getName() + " is not registered in WireTypes");
        }
        return manifest;
    }

    @Override
    public byte[] toBinary(Object message) {
        Kryo kryo = kryos.obtain();
        try (Output out = new Output(FIRST_BYTES, MOST_BYTES)) {
            kryo.writeObject(out, message);
            return out.toBytes();
        } catch (KryoBufferOverflowException e) {
            throw tooLarge(message, e);
        } finally {
            kryos.free(kryo);
        }
    }

    @Override
    public void toBinary(Object message, ByteBuffer buffer) {
        int start = buffer.position();
        Kryo kryo = kryos.obtain();
        try (ByteBufferOutput out = new ByteBufferOutput(buffer)) {
            kryo.writeObject(out, message);
        } catch (KryoBufferOverflowException e) {
            // Pekko knows this one, and says which message was too large.
            throw (BufferOverflowException) new BufferOverflowException().initCause(e);
        } finally {
            kryos.free(kryo);
        }
        if (buffer.position() - start > MOST_BYTES) {
            throw tooLarge(message, null);
        }
    }

    private static IllegalArgumentException tooLarge(Object message, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                "a " + message.getClass().getName() + " of more than " + MOST_BYTES + " bytes is not sent", cause);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        try (Input in = new Input(bytes)) {
            return read(in, manifest);
        }
    }

    @Override
    public Object fromBinary(ByteBuffer buffer, String manifest) throws NotSerializableException {
        try (ByteBufferInput in = new ByteBufferInput(buffer)) {
            return read(in, manifest);
        }
    }

    private Object read(Input in, String manifest) throws NotSerializableException {
        Class<?> type = TYPES.get(manifest);
        if (type == null) {
            throw new NotSerializableException(
                    "no type has the number " + manifest + "; the sender's version is another");
        }
        Kryo kryo = kryos.obtain();
        try {
            Object message = kryo.readObject(in, type);
            if (in.position() != in.limit()) {
                throw new KryoException((in.limit() - in.position()) + " bytes are left over");
            }
            return message;
        } catch (RuntimeException e) { // What bytes can do to a reader is not a short list.
            NotSerializableException bad =
                    new NotSerializableException("a message of type " + type.getName() + " is damaged: " + e);
            bad.initCause(e);
            throw bad;
        } finally {
            kryos.free(kryo);
        }
    }
}
