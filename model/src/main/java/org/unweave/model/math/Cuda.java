package org.unweave.model.math;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.cuda.global.cudart;

/** The NVIDIA cards of this machine, and whether ND4J's CUDA backend can compute on them. */
public final class Cuda {
    private static final boolean BACKEND = present("org.nd4j.linalg.jcublas.JCublasBackend");

    // What ND4J 1.0.0-M2.1 has machine code for is 3.7, 5.0, 5.2, 6.0, 6.1, 7.0, 7.5, 8.0 and 8.6. Such code runs on
    // cards of the same major number and a minor one as high or higher. There is no PTX that others could translate.
    private static final int OLDEST = 37;
    private static final int NEWEST_MAJOR = 8;

    private Cuda() {}

    /** What a look at the machine finds. */
    public sealed interface Found {}

    /** The program was built for the CPU. */
    public record NoBackend() implements Found {}

    /** CUDA's libraries or driver are missing, or do not fit. */
    public record NoDriver(String error) implements Found {}

    /** What the driver has, by its number, from 0 on. */
    public record Cards(List<Card> cards) implements Found {
        public Cards {
            cards = List.copyOf(cards);
        }
    }

    /**
     * A card.
     *
     * @param name as the driver has it
     * @param major of its compute capability
     * @param minor of its compute capability
     */
    public record Card(String name, int major, int minor) {
        @Override
        public String toString() {
            return name + ", compute capability " + major + "." + minor;
        }
    }

    /** Why a card cannot be trained on, and what helps; empty if it can. */
    public static Optional<String> refusal(Found found, int number) {
        return switch (found) {
            case NoBackend none ->
                Optional.of("this build is for the CPU only; build it with UNWEAVE_BACKEND=cuda (see docs/deploy.md)");
            case NoDriver failed ->
                Optional.of("CUDA does not start: " + failed.error() + "; install NVIDIA's driver, 450.80 or newer, and"
                        + " the libraries of CUDA 11.6 (see docs/deploy.md)");
            case Cards all
            when number < 0 || number >= all.cards().size() ->
                Optional.of("there is no card " + number + "; the driver has "
                        + all.cards().size() + ", numbered from 0");
            case Cards all -> refusal(all.cards().get(number));
        };
    }

    private static Optional<String> refusal(Card card) {
        if (card.major() > NEWEST_MAJOR || 10 * card.major() + card.minor() < OLDEST) {
            return Optional.of("ND4J's CUDA backend has machine code for compute capability 3.7 to 8.9 only (Kepler K80"
                    + " to Ada) and nothing that could be translated, and this is " + card);
        }
        return Optional.empty();
    }

    /** The numbers of all cards; of none, the first is named, for the reason why it cannot be trained on. */
    public static List<Integer> numbers(Found found) {
        int count = found instanceof Cards all ? all.cards().size() : 0;
        return IntStream.range(0, Math.max(1, count)).boxed().toList();
    }

    /** What this machine has; it is looked at once. */
    public static Found look() {
        return Machine.FOUND;
    }

    /** Whether ND4J's arrays are on a card: one process has one backend. */
    static boolean isBackend() {
        return BACKEND;
    }

    private static boolean present(String type) {
        try {
            Class.forName(type, false, Cuda.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    // Once, since a library that was not found the first time is not looked for again, and the reason is lost.
    private static final class Machine {
        private static final Found FOUND = BACKEND ? look() : new NoBackend();

        private static Found look() {
            try {
                return Driver.cards();
            } catch (LinkageError | RuntimeException e) {
                return new NoDriver("its runtime library cannot be loaded (" + rootCause(e) + ")");
            }
        }

        private static String rootCause(Throwable failure) {
            Throwable cause = failure;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return String.valueOf(cause.getMessage());
        }
    }

    /** Asks CUDA's runtime. Apart, since its classes are not there in every build. */
    private static final class Driver {
        static Found cards() {
            int[] count = {0};
            int status = cudart.cudaGetDeviceCount(count);
            if (status != cudart.cudaSuccess) {
                return new NoDriver(error(status));
            }
            List<Card> cards = new ArrayList<>();
            for (int number = 0; number < count[0]; number++) {
                try (cudaDeviceProp properties = new cudaDeviceProp()) {
                    status = cudart.cudaGetDeviceProperties(properties, number);
                    if (status != cudart.cudaSuccess) {
                        return new NoDriver(error(status));
                    }
                    cards.add(new Card(properties.name().getString(), properties.major(), properties.minor()));
                }
            }
            return new Cards(cards);
        }

        private static String error(int status) {
            return cudart.cudaGetErrorString(status).getString();
        }
    }
}
