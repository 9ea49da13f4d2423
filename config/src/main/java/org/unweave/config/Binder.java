package org.unweave.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes records from blocks of keys. It never stops at the first problem: what it cannot read, it notes and leaves out. */
final class Binder {
    private final Scalars scalars;
    private final Problems problems;

    /** Values noted, by identity: a value that stands under several keys, by auto or as a default, is told once. */
    private final Set<ConfigValue> refusedValues = Collections.newSetFromMap(new IdentityHashMap<>());

    Binder(Scalars scalars, Problems problems) {
        this.scalars = scalars;
        this.problems = problems;
    }

    /**
     * Makes a record from a block, or returns null and has noted why not.
     *
     * @param defaults values that can stand in for refused ones, so that a second refused value of the same block is
     *     found in the same reading; null where there are none
     */
    <T extends Record> @Nullable T bind(
            Class<T> type, ConfigObject block, @Nullable ConfigObject defaults, String path) {
        return bind(type, block, defaults, path, Map.of(), Set.of());
    }

    /**
     * The same, with some components made elsewhere.
     *
     * @param given values by key
     * @param refused keys whose problems are noted already
     */
    <T extends Record> @Nullable T bind(
            Class<T> type,
            ConfigObject block,
            @Nullable ConfigObject defaults,
            String path,
            Map<String, ?> given,
            Set<String> refused) {
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new @Nullable Object[components.length];
        Set<String> noted = new HashSet<>(refused);
        for (int i = 0; i < components.length; i++) {
            String key = Keys.of(components[i]);
            values[i] = given.containsKey(key) ? given.get(key) : component(components[i], block, defaults, path);
            if (values[i] == null) {
                noted.add(key);
                values[i] = standIn(components[i], defaults);
            }
        }
        if (Arrays.asList(values).contains(null)) {
            return null;
        }
        return construct(type, values, block, defaults, path, noted);
    }

    private <T extends Record> @Nullable T construct(
            Class<T> type,
            @Nullable Object[] values,
            ConfigObject block,
            @Nullable ConfigObject defaults,
            String path,
            Set<String> noted) {
        while (true) {
            try {
                T made = canonical(type).newInstance(values);
                return noted.isEmpty() ? made : null;
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof InvalidValueException invalid)) {
                    throw new IllegalStateException("cannot make " + type, e);
                }
                if (!noted.add(invalid.key())) {
                    return null;
                }
                ConfigValue value = block.get(invalid.key());
                note(value == null ? block : value, Keys.join(path, invalid.key()) + ": " + invalid.problem());
                if (!replace(type, values, invalid.key(), defaults)) {
                    return null;
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot make " + type, e);
            }
        }
    }

    private boolean replace(Class<?> type, @Nullable Object[] values, String key, @Nullable ConfigObject defaults) {
        int index = Keys.of(type).indexOf(key);
        if (index < 0) {
            throw new IllegalStateException(type + " checks " + key + ", which is none of its keys");
        }
        values[index] = standIn(type.getRecordComponents()[index], defaults);
        return values[index] != null;
    }

    private @Nullable Object standIn(RecordComponent component, @Nullable ConfigObject defaults) {
        ConfigValue value = defaults == null ? null : defaults.get(Keys.of(component));
        if (value == null || Keys.itemRecord(component).isPresent()) {
            return null;
        }
        if (value instanceof ConfigObject block && component.getType().isRecord()) {
            return new Binder(scalars, new Problems())
                    .bind(component.getType().asSubclass(Record.class), block, null, "");
        }
        try {
            return scalars.read(component, value);
        } catch (IllegalArgumentException notPlain) {
            return null; // a default such as auto, which is worked out elsewhere
        }
    }

    private @Nullable Object component(
            RecordComponent component, ConfigObject block, @Nullable ConfigObject defaults, String path) {
        String key = Keys.of(component);
        String full = Keys.join(path, key);
        ConfigValue value = block.get(key);
        if (value == null) {
            problems.add(block.origin(), full + ": is missing");
            return null;
        }
        if (component.getType().isRecord()) {
            ConfigObject inner = block(value, full);
            ConfigObject innerDefaults =
                    defaults != null && defaults.get(key) instanceof ConfigObject some ? some : null;
            return inner == null
                    ? null
                    : bind(component.getType().asSubclass(Record.class), inner, innerDefaults, full);
        }
        try {
            Class<? extends Record> item = Keys.itemRecord(component).orElse(null);
            return item == null ? scalars.read(component, value) : records(item, value, full);
        } catch (IllegalArgumentException e) {
            note(value, full + ": " + e.getMessage());
            return null;
        }
    }

    private @Nullable List<Record> records(Class<? extends Record> type, ConfigValue value, String path) {
        if (!(value instanceof ConfigList items)) {
            throw new IllegalArgumentException("wants a list of blocks, but is " + Scalars.shown(value));
        }
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            ConfigObject block = block(items.get(i), path + "." + i);
            Record made = block == null ? null : bind(type, block, null, path + "." + i);
            if (made != null) {
                records.add(made);
            }
        }
        return records.size() == items.size() ? records : null;
    }

    /** The value as a block of keys, or null, noted. */
    @Nullable
    ConfigObject block(ConfigValue value, String path) {
        if (value instanceof ConfigObject block) {
            return block;
        }
        note(value, path + ": wants a block of keys, { ... }, but is " + Scalars.shown(value));
        return null;
    }

    private void note(ConfigValue value, String problem) {
        if (refusedValues.add(value)) {
            problems.add(value.origin(), problem);
        }
    }

    private static <T extends Record> Constructor<T> canonical(Class<T> type) throws NoSuchMethodException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
        }
        return type.getDeclaredConstructor(types);
    }
}
