package org.unweave.model.sae;

import java.util.Arrays;
import java.util.List;
import org.unweave.config.JobConfig.JumpConfig;
import org.unweave.model.math.Codes;
import org.unweave.model.math.Draws;
import org.unweave.model.math.Mat;
import org.unweave.model.math.Pick;
import org.unweave.model.math.Workspace;
import org.unweave.model.sae.part.Forward;
import org.unweave.model.sae.part.Gradient;
import org.unweave.model.sae.part.Params;
import org.unweave.model.sae.part.Term;
import org.unweave.model.sae.part.Weights;

/**
 * {@code z = p 1[p > threshold]}, a threshold a latent, which learns by what happens in a window around it: {@code dz /
 * dthreshold = - (threshold / bandwidth) 1[|p - threshold| < bandwidth / 2]}.
 *
 * <p>The codes hold the active entries, and with value 0 those that are in the window and not active. b_dec is not taken
 * from the input.
 */
public final class JumpReluActivation implements Activation {
    public static final String THRESHOLD = "threshold";

    private final float initial;
    private final float bandwidth;
    private float[] pre = new float[0];
    private float[] active = new float[0];

    public JumpReluActivation(JumpConfig config) {
        this.initial = (float) config.initial();
        this.bandwidth = (float) config.bandwidth();
    }

    @Override
    public List<String> extras() {
        return List.of(THRESHOLD);
    }

    @Override
    public boolean centresInput() {
        return false;
    }

    @Override
    public void begin(Params params, Mat xBD, Draws random, Workspace workspace) {
        Weights.tiedFromCube(params, random, workspace.ops());
        params.extra(THRESHOLD).fill(initial);
    }

    @Override
    public Pick pick(Params params, int rows, long step, Codes out, Workspace workspace) {
        Mat bound1F = workspace.take("jump.bound", 1, params.features());
        float[] threshold = params.extra(THRESHOLD).toArray();
        for (int f = 0; f < threshold.length; f++) {
            bound1F.set(0, f, threshold[f] - bandwidth / 2);
        }
        return new Pick.Above(bound1F, out);
    }

    @Override
    public void activate(Params params, Codes codes) {
        float[] threshold = params.extra(THRESHOLD).toArray();
        pre = codes.roomFor(pre);
        for (int j = 0; j < codes.entries(); j++) {
            float value = codes.value()[j];
            pre[j] = value;
            if (!(value > threshold[codes.feature()[j]])) {
                codes.value()[j] = 0;
            }
        }
    }

    /** The term that draws the number of active latents to the job's target. */
    public Term targetL0(SaeConfig config) {
        return new TargetL0(
                this,
                config.job().jump().weight(),
                config.job().targetL0(),
                config.job().asDictionaryLearning(),
                config.phases());
    }

    /** The pre-activation of each entry of the codes. */
    float[] pre() {
        return pre;
    }

    float bandwidth() {
        return bandwidth;
    }

    boolean inWindow(float value, float threshold) {
        return Math.abs(value - threshold) < bandwidth / 2;
    }

    @Override
    public void backward(Forward forward, Gradient gradient) {
        Codes codes = forward.codes();
        float[] threshold = forward.params().extra(THRESHOLD).toArray();
        double[] sums = new double[threshold.length];
        active = codes.roomFor(active);
        Arrays.fill(active, 0, codes.entries(), 0f);
        for (int j = 0; j < codes.entries(); j++) {
            int f = codes.feature()[j];
            if (inWindow(pre[j], threshold[f])) {
                sums[f] -= threshold[f] / bandwidth * gradient.codes()[j];
            }
            if (codes.value()[j] != 0) {
                active[j] = gradient.codes()[j];
            }
        }
        add(sums, gradient);
        gradient.addEncoder(
                codes, active, forward.inputBD(), forward.workspace().ops());
    }

    static void add(double[] sums, Gradient gradient) {
        Mat threshold1F = gradient.weights().extra(THRESHOLD);
        for (int f = 0; f < sums.length; f++) {
            if (sums[f] != 0) {
                threshold1F.set(0, f, (float) (threshold1F.get(0, f) + sums[f]));
            }
        }
    }

    @Override
    public long bytes() {
        return ((long) pre.length + active.length) * Float.BYTES;
    }

    @Override
    public FrozenSae freeze(Params weights, float toModel, Workspace workspace) {
        Mat threshold1F = weights.extra(THRESHOLD);
        workspace.ops().scale(threshold1F, toModel);
        return new JumpReluForm(
                threshold1F, false, weights.encFD(), weights.bEnc1F(), weights.decFD(), weights.bDec1D());
    }
}
