package org.unweave.model.train;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.unweave.model.math.Ops;

/**
 * The most that a step holds at once: asked for after each kernel, together with what the kernel itself has held.
 *
 * <p>Not seen are OpenBLAS's own buffers, and what a kernel or a term makes for itself alone of one number a row or feature.
 */
final class StepMemory {
    private final Ops kernels;
    private final Ops ops;
    private @Nullable LongSupplier held;
    private long peak;

    StepMemory(Ops kernels) {
        this.kernels = kernels;
        ops = (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(),
                new Class<?>[] {Ops.class},
                (proxy, method, arguments) -> call(method, arguments));
    }

    /** The kernels, watched. */
    Ops ops() {
        return ops;
    }

    /** Runs a step and returns its peak in bytes. {@code holds} tells what is held at any time between kernels. */
    long peakOf(Runnable step, LongSupplier holds) {
        peak = holds.getAsLong();
        held = holds;
        try {
            step.run();
        } finally {
            held = null;
        }
        return peak;
    }

    private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
        Object result = invoke(method, arguments);
        LongSupplier holds = held;
        if (holds != null) {
            held = null; // asking calls a method of the kernels
            long inside = method.getName().equals("encode") ? kernels.encodeBytes() : 0;
            peak = Math.max(peak, holds.getAsLong() + inside);
            held = holds;
        }
        return result;
    }

    private @Nullable Object invoke(Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(kernels, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
