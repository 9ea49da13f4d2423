package org.unweave.model.sae.part;

import java.util.function.Supplier;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Ops;

/**
 * {@code mean_b ||x - (relu(gate) sg(W_dec) + sg(b_dec))||^2}: the gate alone is to reconstruct, by a decoder that does not
 * learn from it. Without this a gate has no reason to open.
 *
 * <p>Source: Rajamanoharan et al., "Improving dictionary learning with gated sparse autoencoders", 2024, arXiv 2404.16014,
 * section 3.2.
 */
public final class GateReconstruction implements Term {
    private final Supplier<float[]> gates;
    private final Codes codes;

    /** @param gates the gate's pre-activation of each entry of the codes */
    public GateReconstruction(Supplier<float[]> gates, int features) {
        this.gates = gates;
        this.codes = new Codes(features);
    }

    @Override
    public String name() {
        return "gate_reconstruction";
    }

    @Override
    public long bytes() {
        return codes.bytes();
    }

    @Override
    public double add(Forward forward, Gradient gradient) {
        Ops ops = forward.workspace().ops();
        Params params = forward.params();
        codes.copyEntries(forward.codes(), gates.get());
        Mat leftBD = forward.workspace().take("gate.left", codes.rows(), params.width());
        ops.decodeError(codes, params.decFD(), params.bDec1D(), forward.xBD(), leftBD);

        float factor = -2f / forward.rows();
        float[] products = codes.errorProducts();
        for (int j = 0; j < codes.entries(); j++) {
            gradient.pre()[j] += factor * products[j];
        }
        return ops.sumOfSquares(leftBD) / forward.rows();
    }
}
