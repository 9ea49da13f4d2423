package org.unweave.model.math;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;

/** Kernels that count the time spent in each, for benchmarks. What a kernel calls of its own is counted to it. */
public final class TimedOps {
    private final Map<String, Long> nanos = new TreeMap<>();
    private final Ops ops;

    public TimedOps(Ops kernels) {
        ops = (Ops) Proxy.newProxyInstance(
                Ops.class.getClassLoader(), new Class<?>[] {Ops.class}, (proxy, method, arguments) -> {
                    long start = System.nanoTime();
                    try {
                        return method.invoke(kernels, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause() == null ? e : e.getCause();
                    } finally {
                        nanos.merge(method.getName(), System.nanoTime() - start, Long::sum);
                    }
                });
    }

    /** The kernels, timed. */
    public Ops ops() {
        return ops;
    }

    /** Nanoseconds since the last call, by the kernel's name, and starts counting anew. */
    public Map<String, Long> takeNanos() {
        Map<String, Long> taken = Map.copyOf(nanos);
        nanos.clear();
        return taken;
    }
}
