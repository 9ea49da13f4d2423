package org.unweave.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Values of a config file, to and from the types of records' components. A text that is a number stands for the number,
 * since an environment variable and an override can be nothing but text.
 */
final class Scalars {
    private final Path home;

    /** @param home what {@code ~} stands for */
    Scalars(Path home) {
        this.home = home;
    }

    /** Reads a value; an {@link IllegalArgumentException} says what was wanted and what is there. */
    Object read(RecordComponent component, ConfigValue value) {
        return read(component.getGenericType(), Keys.isBytes(component), value);
    }

    private Object read(Type type, boolean isBytes, ConfigValue value) {
        if (type instanceof ParameterizedType listType && listType.getRawType() == List.class) {
            return list(listType.getActualTypeArguments()[0], value);
        }
        if (isBytes) {
            return Units.bytes(text(value, "a size with its unit"));
        }
        if (type == long.class || type == Long.class) {
            return whole(value, Long.MIN_VALUE, Long.MAX_VALUE);
        }
        if (type == int.class || type == Integer.class) {
            return (int) whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        if (type == double.class || type == Double.class) {
            return real(value);
        }
        if (type == boolean.class) {
            return truth(value);
        }
        if (type == String.class) {
            return expand(text(value, "a text"));
        }
        if (type == Path.class) {
            return Path.of(expand(text(value, "a path")));
        }
        if (type == Duration.class) {
            return Units.duration(text(value, "a duration with its unit"));
        }
        if (type instanceof Class<?> plain && plain.isEnum()) {
            return constant(plain, text(value, "a word"));
        }
        throw new IllegalStateException("no rule reads " + type);
    }

    /** Writes a component as it would stand in a config file. */
    static String write(RecordComponent component, Object value) {
        return Keys.isBytes(component) ? Units.text((Long) value) : write(value);
    }

    private static String write(Object value) {
        return switch (value) {
            case List<?> list -> list.stream().map(Scalars::write).collect(Collectors.joining(", ", "[", "]"));
            case Double number -> plain(BigDecimal.valueOf(number));
            case Duration duration -> Units.text(duration);
            case Enum<?> constant -> word(constant);
            case String text -> ConfigUtil.quoteString(text);
            case Path path -> ConfigUtil.quoteString(path.toString());
            case Long number -> number.toString();
            case Integer number -> number.toString();
            case Boolean truth -> truth.toString();
            default -> throw new IllegalStateException("no rule writes " + value.getClass());
        };
    }

    /** A number in its shortest plain form: 0.0003, 64. */
    static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    /** A value as it is shown in a problem. */
    static String shown(ConfigValue value) {
        return switch (value.valueType()) {
            case OBJECT -> "a block of keys";
            case LIST -> "a list";
            case NULL -> "null";
            case NUMBER, BOOLEAN -> String.valueOf(value.unwrapped());
            case STRING -> "\"" + value.unwrapped() + "\"";
        };
    }

    private List<Object> list(Type item, ConfigValue value) {
        if (!(value instanceof ConfigList items)) {
            throw new IllegalArgumentException("wants a list, as in [a, b], but is " + shown(value));
        }
        List<Object> values = new ArrayList<>();
        for (ConfigValue one : items) {
            values.add(read(item, false, one));
        }
        return values;
    }

    private static long whole(ConfigValue value, long least, long most) {
        long number;
        try {
            number = number(value, "a whole number").longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("wants a whole number, but is " + shown(value), e);
        }
        if (number < least || number > most) {
            throw new IllegalArgumentException(shown(value) + " is outside " + least + " to " + most);
        }
        return number;
    }

    private static double real(ConfigValue value) {
        double number = number(value, "a number").doubleValue();
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException(shown(value) + " is too large for a number");
        }
        return number;
    }

    static BigDecimal number(ConfigValue value, String wanted) {
        try {
            return new BigDecimal(text(value, wanted));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("wants " + wanted + ", but is " + shown(value), e);
        }
    }

    private static boolean truth(ConfigValue value) {
        return switch (text(value, "true or false")) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("wants true or false, but is " + shown(value));
        };
    }

    private static Object constant(Class<?> type, String text) {
        List<String> words = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String word = word((Enum<?>) constant);
            if (word.equals(text)) {
                return constant;
            }
            words.add(word);
        }
        throw new IllegalArgumentException("\"" + text + "\" is none of " + String.join(", ", words));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String text(ConfigValue value, String wanted) {
        boolean plain = Stream.of(ConfigValueType.STRING, ConfigValueType.NUMBER, ConfigValueType.BOOLEAN)
                .anyMatch(type -> type == value.valueType());
        if (!plain) {
            throw new IllegalArgumentException("wants " + wanted + ", but is " + shown(value));
        }
        return String.valueOf(value.unwrapped());
    }

    private String expand(String text) {
        if (text.equals("~")) {
            return home.toString();
        }
        return text.startsWith("~/") ? home.resolve(text.substring(2)).toString() : text;
    }
}
